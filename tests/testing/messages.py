"""What the message of a failed check says, and the room that it takes."""

ITSELF = "saved() returns a single value as itself, several as a tuple"


def in_one_line(error):
    """The message in one line, wherever its own lines end."""
    return " ".join(str(error).split())


def assert_it_fits(error):
    """It has at most 15 lines of 100 columns."""
    lines = str(error).splitlines()
    assert len(lines) <= 15
    assert max(map(len, lines)) <= 100
