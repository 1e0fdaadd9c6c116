import pytest

from pathgui.core.progress import Part, Progress
from pathgui.core.system.times import in_words
from pathgui.gui.jobs.run_clock import Expected, RunClock, Stopwatch


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_words_never_come_in_steps_below_five_seconds():
    said = {in_words(seconds) for seconds in range(5, 58)}
    assert said == {f"about {s} s" for s in range(5, 60, 5)} - {"about 60 s"}
    assert in_words(370) == "about 6 min"
    assert in_words(2 * 3600 + 31 * 60) == "about 2 h 30 min"


def test_nothing_is_said_before_three_batches():
    clock = Clock()
    watch = Stopwatch(clock)
    answers = []
    for batch in range(6):
        answers.append(watch.update("Embedding", 10 * batch, 100))
        clock.now += 1
    assert answers[:3] == [None, None, None]
    assert answers[-1] == pytest.approx(5.0)


def test_the_slow_first_batch_does_not_count():
    clock = Clock()
    watch = Stopwatch(clock)
    watch.update("Embedding", 0, 1000)
    clock.now += 60  # loading the weights
    rest = None
    for batch in range(1, 20):
        rest = watch.update("Embedding", 10 * batch, 1000)
        clock.now += 1
    assert rest == pytest.approx(81, rel=0.1)


def test_one_stall_does_not_make_the_estimate_jump():
    clock = Clock()
    watch = Stopwatch(clock)
    for batch in range(20):
        before = watch.update("Embedding", 10 * batch, 1000)
        clock.now += 1
    clock.now += 10
    after = watch.update("Embedding", 210, 1000)
    assert after < 1.3 * before


def test_another_stage_starts_anew():
    clock = Clock()
    watch = Stopwatch(clock)
    for batch in range(10):
        watch.update("one", 10 * batch, 100)
        clock.now += 1
    assert watch.update("two", 0, 100) is None


def embedding(what, done, total, *names):
    part = next((each for each in Part if what.startswith(each.value)), None)
    return Progress(f"Embedding {what}", done, total, names, part)


def test_tiles_that_are_embedded_for_a_check_say_nothing_of_the_slide():
    clock = Clock()
    run = RunClock(["a"], n_reference=100, clock=clock)
    run.plan_slide(1000)
    for batch in range(6):
        check = Progress("Checking bf16", 10 * batch, 64, ("a",), Part.MEASURING)
        assert run.update(check) is None
        clock.now += 1


def test_the_whole_run_counts_the_slide_and_the_encoders_to_come():
    clock = Clock()
    run = RunClock(["a", "b"], n_reference=100, clock=clock)
    run.plan_slide(200)
    left = None
    for batch in range(6):
        left = run.update(embedding("reference set", 10 * batch, 100, "a"))
        clock.now += 1
    # 50 tiles of the reference set, 200 of the slide, then 300 with b, at 10 a second
    assert left == pytest.approx(55)
    assert run.update(Progress("Measuring", 0, 1)) is None
    clock.now = 40.0
    for batch in range(6):
        left = run.update(embedding("slide", 10 * batch, 200, "b"))
        clock.now += 1
    assert left == pytest.approx(15)  # nothing after b


def test_encoders_side_by_side_are_counted_together():
    clock = Clock()
    run = RunClock(["a", "b", "c"], n_reference=50, clock=clock)
    run.plan_slide(100)
    for batch in range(6):
        left = run.update(embedding("reference set", 10 * batch, 100, "a", "b"))
        clock.now += 1
    # 50 more of the set, 2 x 100 of the slide, then 150 with c, at 10 a second
    assert left == pytest.approx(5 + 20 + 15)
    clock.now = 0.0
    for batch in range(6):
        left = run.update(embedding("slide", 10 * batch, 100, "a"))  # b has failed: nothing new
        clock.now += 1
    assert left == pytest.approx(5 + 15)


def test_what_an_estimate_says_of_the_encoders_to_come_is_used():
    clock = Clock()
    run = RunClock(["a", "b"], n_reference=100, clock=clock, expected=Expected({"b": 600.0}))
    for batch in range(6):
        left = run.update(embedding("reference set", 10 * batch, 100, "a"))
        clock.now += 1
    assert left == pytest.approx(605)


def test_measuring_and_maps_count_for_encoders_at_hand_and_to_come():
    clock = Clock()
    after = {"a": 20.0, "b": 30.0}
    run = RunClock(["a", "b"], n_reference=100, clock=clock, expected=Expected({"b": 600.0}, after))
    for batch in range(6):
        left = run.update(embedding("reference set", 10 * batch, 100, "a"))
        clock.now += 1
    assert left == pytest.approx(5 + 20 + 600 + 30)


def test_where_all_embed_the_reference_set_first_no_slide_is_forgotten():
    clock = Clock()
    run = RunClock(["a", "b"], n_reference=100, clock=clock, sets_first=True)
    run.plan_slide(200)

    def embed(what, name, total, seconds_a_batch):
        for batch in range(6):
            left = run.update(embedding(f"{what} with {name}", 10 * batch, total, name))
            clock.now += seconds_a_batch
        return left

    # 50 more of the set and 200 of the slide, then 300 with b, at 10 a second
    assert embed("reference set", "a", 100, 1) == pytest.approx(5 + 20 + 30)
    # at 5 a second 50 and 200 with b; and a has its slide to come, at its own 10 a second
    assert embed("reference set", "b", 100, 2) == pytest.approx(10 + 40 + 20)
    assert run.update(Progress("Measuring a", 0, 1)) is None
    assert embed("slide", "a", 200, 1) == pytest.approx(15 + 40)
    assert embed("slide", "b", 200, 2) == pytest.approx(30)


def test_an_estimate_counts_the_slide_that_waits_and_not_the_set_that_is_done():
    clock = Clock()
    expected = Expected({"a": 100.0, "b": 600.0}, {"a": 20.0, "b": 30.0})
    run = RunClock(["a", "b"], 100, clock=clock, expected=expected, sets_first=True)
    run.plan_slide(200)
    run.update(embedding("reference set with a", 0, 100, "a"))
    clock.now = 40.0
    for batch in range(6):
        left = run.update(embedding("reference set", 10 * batch, 100, "b"))
        clock.now += 1
    assert left == pytest.approx(5 + 20 + 30 + (100 - 40) + 20)


def test_what_is_left_is_known_before_the_first_tile_if_an_estimate_was_made():
    clock = Clock()
    expected = Expected({"a": 60.0, "b": 40.0}, {"a": 20.0})
    assert RunClock(["a", "b"], 100, clock=clock, expected=expected).seconds_left == 120
    assert RunClock(["a", "other"], 100, clock=clock, expected=expected).seconds_left is None


def test_what_is_left_goes_on_counting_down_while_encoders_are_measured():
    clock = Clock()
    run = RunClock(["a"], n_reference=100, clock=clock, expected=Expected({}, {"a": 30.0}))
    for batch in range(1, 11):
        run.update(embedding("reference set", 10 * batch, 100, "a"))
        clock.now += 1
    assert run.seconds_left == pytest.approx(29)
    clock.now += 9
    run.update(Progress("Measuring", 0, 1))
    assert run.seconds_left == pytest.approx(20)
    run.pause(True)
    clock.now += 100
    assert run.seconds_left == pytest.approx(20)
