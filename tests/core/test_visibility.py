from reviewloop.core.visibility import can_be_seen, seen_characters


def test_what_is_drawn_as_nothing_is_left_out_and_an_accent_belongs_to_its_letter() -> None:
    assert seen_characters("a\u200b e\u0301\u00ad\U0001f468\u200d\U0001f469\ufe0f\u3164!") == [
        "a",
        "e",
        "\U0001f468",
        "\U0001f469",
        "!",
    ]


def test_a_text_of_such_characters_alone_cannot_be_seen() -> None:
    assert not can_be_seen("\u200b\u2060\ufeff \u2800\u115f")
    assert not can_be_seen("")
    assert can_be_seen("\u200b.")
