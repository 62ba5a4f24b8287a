"""Nobody makes us speak to our own machines: which addresses and URLs are refused."""

import pytest

from examsync.infra.addresses import is_trusted, refusal, url_refusal

REFUSED = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",  # a cloud's metadata
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",  # another's
    "169.254.169.254",  # most clouds' metadata
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",  # another's
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "64:ff9b::7f00:1",  # NAT64 of 127.0.0.1
    "64:ff9b:1::1",
    "100::1",
    "2001::1",  # Teredo
    "2001:db8::1",
    "2002:7f00:1::",  # 6to4 of 127.0.0.1
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",  # a cloud's metadata
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "localhost",
    "",
    "1.2.3",
]
PUBLIC = [
    "8.8.8.8",
    "172.15.255.255",
    "172.32.0.1",
    "100.63.255.255",
    "169.253.0.1",
    "::ffff:8.8.8.8",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
    "2001:4860:4860::8888",
]


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert refusal(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_is_not(address: str) -> None:
    assert refusal(address) is None


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://lms.example.org/hook", "use https"),
        ("ftp://lms.example.org/hook", "https://host/path"),
        ("file:///etc/passwd", "https://host/path"),
        ("gopher://127.0.0.1:6379/_", "https://host/path"),
        ("//lms.example.org", "https://host/path"),
        ("https://", "https://host/path"),
        ("hook", "https://host/path"),
        ("https://lms.example.org:6379/", "port 6379"),
        ("https://lms.example.org:22/", "port 22"),
        ("https://lms.example.org:99999/", "no URL"),
        ("https://user:word@lms.example.org/", "user"),
        ("https://lms.example.org/#part", "#fragment"),
        ("https://127.0.0.1/", "127.0.0.1"),
        ("https://169.254.169.254/latest/meta-data", "169.254"),
        ("https://[::1]/", "::1"),
        ("https://[::ffff:10.0.0.1]:8443/", "10.0.0.1"),
        ("https://[fe80::1", "no URL"),
        ("https://2130706433/", "no address"),
        ("https://127.1/", "no address"),
        ("https://1২7.0.0.1/", "ASCII"),
        ("https://lms.example.org/a b", "ASCII"),
        ("https://lms.example.org/\n", "ASCII"),
        ("https://lms.example.org/" + "a" * 2_000, "2000"),
    ],
)
def test_a_url_that_will_not_be_called_says_why(url: str, says: str) -> None:
    why = url_refusal(url, ())
    assert why is not None
    assert says in why


@pytest.mark.parametrize(
    "url",
    [
        "https://lms.example.org",
        "https://lms.example.org:443/hooks?x=1",
        "https://lms.example.org:8443/",
        "https://8.8.8.8/",
        "https://[2606:4700:4700::1111]/",
        "HTTPS://LMS.example.org/",
    ],
)
def test_a_good_url_is_not_refused(url: str) -> None:
    assert url_refusal(url, ()) is None


def test_hosts_that_are_trusted_may_be_anywhere() -> None:
    trusted = ("LMS.intern:8080", "127.0.0.1")
    for url in ("http://lms.intern:8080/", "http://127.0.0.1:5/", "https://127.0.0.1/x"):
        assert url_refusal(url, trusted) is None
        assert is_trusted(url, trusted)
    for url in ("http://lms.intern/", "http://127.0.0.2/", "http://xlms.intern:8080/"):
        assert url_refusal(url, trusted)
        assert not is_trusted(url, trusted)
    assert url_refusal("http://user@127.0.0.1/", trusted)
    assert url_refusal("file://127.0.0.1/etc", trusted)
