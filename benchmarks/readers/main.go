// Reads what `barewire report` writes with the structs and parsers of Fortio and Prometheus: main.go FORTIO-DIRECTORY METRICS-FILE.
// benchmarks/readers.py runs it.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"fortio.org/fortio/fhttp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

func main() {
	files, err := filepath.Glob(filepath.Join(os.Args[1], "*.json"))
	check(err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		check(err)
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.DisallowUnknownFields()
		var result fhttp.HTTPRunnerResults
		check(decoder.Decode(&result))
		histogram := result.DurationHistogram
		var count int64
		end := 0.0
		for _, bucket := range histogram.Data {
			count += bucket.Count
			if bucket.Start < end || bucket.End < bucket.Start {
				log.Fatalf("%s: buckets overlap at %g", file, bucket.Start)
			}
			end = bucket.End
		}
		last := histogram.Data[len(histogram.Data)-1]
		if count != histogram.Count || last.Percent != 100 || last.End != histogram.Max {
			log.Fatalf("%s: buckets do not add up", file)
		}
		fmt.Printf("fortio: %s: %d calls, %g s on average\n", result.Labels, histogram.Count, histogram.Avg)
	}
	text, err := os.ReadFile(os.Args[2])
	check(err)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	check(err)
	fmt.Printf("node_exporter's parser: %d families\n", len(families))
	open := textparse.NewOpenMetricsParser(text, labels.NewSymbolTable())
	series := 0
	for {
		entry, err := open.Next()
		if err == io.EOF {
			break
		}
		check(err)
		if entry == textparse.EntrySeries {
			series++
		}
	}
	fmt.Printf("Prometheus' OpenMetrics parser: %d series\n", series)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
