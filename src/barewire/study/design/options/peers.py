"""Options of a study with a peer: addresses that exist already, instead of labs."""

from __future__ import annotations

from barewire.study.design.options.option import PEER, Option

OPTIONS = (
    Option(
        "peer",
        PEER,
        "HOST:PORT of barewire serve elsewhere",
        'the HOST:PORT that barewire serve printed on the other machine, or "" for labs',
        default="",
        shown="",
    ),
    Option(
        "endpoints",
        PEER,
        "Its addresses: host=10.0.0.2,pod=10.244.1.7",
        'addresses of the peer by the names that the report shows, like ["host=10.0.0.2", '
        '"pod=10.244.1.7%10.244.0.5"] (after % the network namespace of the client), or []',
        default=(),
        shown="",
    ),
    Option(
        "token_file",
        PEER,
        "The token file of barewire serve",
        'a copy of the token file of barewire serve, or "" for labs',
        default="",
        shown="",
    ),
)
