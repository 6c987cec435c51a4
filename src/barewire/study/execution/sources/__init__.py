"""Sources of candidates, one module each; `study.execution.source` has what all of them do."""
