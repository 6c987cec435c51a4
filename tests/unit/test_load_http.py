"""The reader of HTTP responses takes them however they are cut, and takes nothing else; under the address sanitizer."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.generator import answer, ask

NGINX = (
    b"HTTP/1.1 200 OK\r\nServer: nginx/1.26.3\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: text/plain\r\n"
    b"CONTENT-length:\t 100 \r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nConnection: keep-alive\r\n"
    b'ETag: "6b0449d5-64"\r\nAccept-Ranges: bytes\r\n\r\n' + b"x" * 100
)


def read(*pieces: bytes) -> list[str]:
    """Each response as STATUS/LENGTH/CLOSES, then `more`, `garbage`, or STATUS/LENGTH/close of one that the connection ends."""
    return ask("http", *(piece.hex() for piece in pieces if piece))


def cut(text: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[low:high] for low, high in itertools.pairwise(edges)]


def test_a_response_of_nginx_is_read_with_headers_of_any_case() -> None:
    assert read(NGINX) == ["200/100/0", "more"]


def test_a_response_byte_by_byte_is_the_same_as_at_once() -> None:
    assert read(*(NGINX[i : i + 1] for i in range(len(NGINX)))) == ["200/100/0", "more"]


@pytest.mark.parametrize("place", range(1, len(NGINX)))
def test_a_response_in_two_pieces_is_the_same_as_at_once(place: int) -> None:
    assert read(NGINX[:place], NGINX[place:]) == ["200/100/0", "more"]


@given(
    st.lists(st.tuples(st.integers(0, 5000), st.sampled_from(["200 OK", "500 Oh", "404"])), min_size=1, max_size=5),
    st.lists(st.integers(0, 30000), max_size=12),
)
def test_pipelined_responses_are_separated_wherever_they_are_cut(bodies: list[tuple[int, str]], at: list[int]) -> None:
    text = b"".join(answer(b"y" * length, status) for length, status in bodies)
    assert read(*cut(text, at)) == [*(f"{status[:3]}/{length}/0" for length, status in bodies), "more"]


@pytest.mark.parametrize(
    ("headers", "closes"),
    [
        ("HTTP/1.1 200 OK\r\nConnection: close", 1),
        ("HTTP/1.1 200 OK\r\nconnection:CLOSE", 1),
        ("HTTP/1.1 200 OK\r\nConnection: upgrade ,\tclose , x", 1),
        ("HTTP/1.1 200 OK\r\nConnection: closet", 0),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\nConnection: keep-alive", 1),
        ("HTTP/1.0 200 OK\r\nConnection: keep-alive, close", 1),
        ("HTTP/1.1 200 OK\r\nConnection:", 0),
        ("HTTP/1.1 200 OK\r\nConnection: , ,", 0),
        ("HTTP/1.1 200 OK\r\nX-Connection: close", 0),
        ("HTTP/1.0 200 OK", 1),
        ("HTTP/1.0 200 OK\r\nConnection: Keep-Alive", 0),
    ],
)
def test_a_server_that_will_close_is_believed(headers: str, closes: int) -> None:
    assert read(headers.encode() + b"\r\nContent-Length: 0\r\n\r\n") == [f"200/0/{closes}", "more"]


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_responses_that_never_have_a_body_need_no_length(status: str) -> None:
    assert read(f"HTTP/1.1 {status}\r\n\r\n".encode()) == [f"{status[:3]}/0/0", "more"]


@pytest.mark.parametrize(
    "text",
    [
        b"<",
        b"HTTP/2",
        b"hTTP/1.1 200 OK\r\n",
        b"\r\n",
        b"HTTP/1.2 200 OK\r\n\r\n",
        b"HTTP/1.1 20\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0x10\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 1\n\nx",
        b"HTTP/1.1 200 OK\n",
        b"HTTP/1.1 200 OK\r\nX: 1\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\nx",
        b"HTTP/1.1 200 OK\rContent-Length: 1\r\rx",
        b"HTTP/1.1 200 OK\rContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nX: 1\rY: 2\r\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nX-Longer-Than-Sixteen: 0123456789\rY: 2\r\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\rx",
        *(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body for body in (
            b"x", b"\r\n", b"-1\r\n", b"1x", b"1 x", b"1\n", b"1\r\nyz", b"1\r\ny\n", b"1\r\ny\rz", b"0\r\nX: 1\n",
            b"1;x\ry", b"0\r\nX: 1\rY", b"1" * 17, b"0\r\n" + b"X: y\r\n" * 3000,
        )),
    ],
)  # fmt: skip
def test_what_is_no_response_is_garbage(text: bytes) -> None:
    assert read(text) == ["garbage"]
    assert read(*(text[i : i + 1] for i in range(len(text)))) == ["garbage"]


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CHUNKED + b"5\r\nhello\r\n0\r\n\r\n", "200/5/0"),
        (CHUNKED + b"0\r\n\r\n", "200/0/0"),
        (CHUNKED + b"A;name=value\r\n0123456789\r\n1 \r\nx\r\n000\r\nTrailer: x\r\nMore: y\r\n\r\n", "200/11/0"),
        (CHUNKED.replace(b"chunked", b"gzip,\tChunked") + b"1\r\n\n\r\n0\r\n\r\n", "200/1/0"),
        (CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 7\r\n\r\n") + b"1\r\ny\r\n0\r\n\r\n", "200/1/1"),
        (CHUNKED.replace(b"1.1", b"1.0").replace(b"\r\n\r\n", b"\r\nConnection: keep-alive\r\n\r\n") + b"0\r\n\r\n", "200/0/1"),
        (CHUNKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + b"0\r\n\r\n", "200/0/1"),
    ],
)  # fmt: skip
def test_a_body_in_chunks_is_read_wherever_it_is_cut(text: bytes, said: str) -> None:
    assert read(text) == [said, "more"]
    assert read(*(text[i : i + 1] for i in range(len(text)))) == [said, "more"]
    assert read(text + answer(b"abc")) == [said, "200/3/0", "more"]
    for place in range(1, len(text)):
        assert read(text[:place], text[place:]) == [said, "more"]


@pytest.mark.parametrize(
    "headers",
    [
        "",
        "Connection: keep-alive\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: gzip\r\nContent-Length: 1\r\n",
    ],
)
def test_a_body_without_length_lasts_until_the_connection_closes(headers: str) -> None:
    text = f"HTTP/1.1 200 OK\r\n{headers}\r\n".encode()
    assert read(text) == ["200/0/close"]
    assert read(text + answer(b"abc"), b"x" * 1000) == [f"200/{len(answer(b'abc')) + 1000}/close"]


INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\nContent-Length: 5\r\n\r\n"


def test_interim_responses_are_skipped_wherever_they_are_cut() -> None:
    text = b"HTTP/1.1 100 Continue\r\n\r\n" + INTERIM * 2 + answer(b"abc")
    assert read(text) == ["200/3/0", "more"]
    assert read(*(text[i : i + 1] for i in range(len(text)))) == ["200/3/0", "more"]
    assert read(INTERIM) == ["more"]
    assert read(INTERIM + CHUNKED + b"1\r\ny\r\n0\r\n\r\n" + INTERIM + answer(b"", "204 No")) == [
        "200/1/0",
        "204/0/0",
        "more",
    ]


def test_the_same_length_twice_is_one_length() -> None:
    assert read(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx") == ["200/1/0", "more"]


def test_a_header_of_16_kib_is_garbage_whether_it_ends_or_not() -> None:
    start = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
    for length in (16384, 20000):
        assert read(start + b"X: " + b"y" * length) == ["garbage"]
        assert read(start + b"X: " + b"y" * length + b"\r\n\r\n") == ["garbage"]
        assert read(start, *([b"y" * 100] * (length // 100 + 1))) == ["garbage"]
    assert read(start + b"X: " + b"y" * 16000 + b"\r\n\r\n") == ["200/0/0", "more"]


def test_garbage_after_a_whole_response_is_reported_after_it() -> None:
    assert read(answer(b"abc") + b"abc") == ["200/3/0", "garbage"]


@settings(max_examples=300)
@given(st.lists(st.binary(max_size=300), max_size=6))
def test_no_bytes_break_the_reader(pieces: list[bytes]) -> None:
    assert read(*pieces)[-1].split("/")[-1] in ("more", "garbage", "close")


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.integers(0, len(NGINX) * 2), st.binary(max_size=4)), max_size=6),
    st.lists(st.integers(0, 1000), max_size=6),
)
def test_damaged_responses_are_read_the_same_with_any_cut(damages: list[tuple[int, bytes]], at: list[int]) -> None:
    text = bytearray(
        random.Random(len(damages)).choice(
            [NGINX * 2, INTERIM + CHUNKED + b"12\r\n" + b"x" * 18 + b"\r\n0\r\nX: y\r\n\r\n" + NGINX]
        )
    )
    for place, damage in damages:
        text[place : place + len(damage)] = damage
    assert read(*cut(bytes(text), at)) == read(bytes(text))
