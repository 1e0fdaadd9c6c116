"""What sentences call a tissue and a center: the words of the columns that play them."""

import pytest

from pathgui.core.reference.roles import USUAL, RoleColumns, noun_of


@pytest.mark.parametrize(
    ("column", "one", "many", "a"),
    [
        ("center", "center", "centers", "a center"),
        ("Scanner", "scanner", "scanners", "a scanner"),
        (" Institute ", "institute", "institutes", "an institute"),
        ("laboratory", "laboratory", "laboratories", "a laboratory"),
        ("batch (manifest)", "batch", "batches", "a batch"),
        ("center (slides.csv)", "center", "centers", "a center"),
        ("Färbeküche", '"Färbeküche"', 'values of "Färbeküche"', 'a "Färbeküche"'),
        ("Einsender", '"Einsender"', 'values of "Einsender"', 'an "Einsender"'),
        ("stain_batch", '"stain_batch"', 'values of "stain_batch"', 'a "stain_batch"'),
        ('so "called"', "\"so 'called'\"", "values of \"so 'called'\"", "a \"so 'called'\""),
    ],
)
def test_a_known_word_stands_as_it_is_and_any_other_name_in_quotes(column, one, many, a):
    noun = noun_of(column)
    assert (noun.one, noun.many, noun.a) == (one, many, a)
    assert f"{noun}" == one


def test_a_long_name_is_cut():
    assert len(noun_of("w" * 500).one) < 50


def test_a_sentence_takes_the_words_of_the_columns_and_keeps_those_of_the_reader():
    text = "{Centers} differ: {a_center} of {center} {{x}}; {Tissue}, {tissues}."
    assert USUAL.say(text) == "Centers differ: a center of center {x}; Tissue, tissues."
    said = RoleColumns("Klinik", "organ").say(text)
    assert said == 'Values of "Klinik" differ: a "Klinik" of "Klinik" {x}; Organ, organs.'


def test_a_count_is_followed_by_one_or_by_several():
    assert noun_of("site").counted(1) == "1 site"
    assert noun_of("site").counted(1_200) == "1,200 sites"
    assert noun_of("Klinik").counted(1) == '1 value of "Klinik"'
    assert noun_of("Klinik").counted(2) == '2 values of "Klinik"'
