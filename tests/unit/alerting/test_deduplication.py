"""What is said now, given what was said before."""

from datetime import UTC, datetime, timedelta

from tasks.alerting.alert import Alert
from tasks.alerting.deduplication import SentAlert, Silence, decide

EVENING = datetime(2026, 11, 20, 1, 20, tzinfo=UTC)
DAY = timedelta(days=1)
ONGOING = {"run-failed", "completed-with-warnings"}


def failed(cause: str = "Broken in load") -> Alert:
    return Alert("run-failed", cause, "The run failed", "It broke.")


def said(name: str = "run-failed", cause: str = "Broken in load", at: datetime = EVENING) -> SentAlert:
    return SentAlert(name, cause, "The run failed", at, at)


def test_what_was_never_said_is_said_and_remembered() -> None:
    decision = decide([failed()], (), (), EVENING, ONGOING)
    assert [alert.name for alert in decision.to_send] == ["run-failed"]
    assert decision.memory == (said(),)


def test_the_same_is_not_said_twice_on_one_day_of_new_york() -> None:
    later = EVENING + timedelta(hours=3)
    assert EVENING.date() == later.date()
    decision = decide([failed()], (said(),), (), later, ONGOING)
    assert decision.to_send == ()
    assert decision.memory == (said(),)


def test_it_is_said_again_the_next_day_with_the_time_it_has_stood() -> None:
    """It is said again on the next day with the time since when it stands."""
    (again,) = decide([failed()], (said(),), (), EVENING + DAY, ONGOING).to_send
    assert again.name == "run-failed"
    assert again.facts["Standing since"] == "2026-11-20 01:20 UTC"


def test_another_cause_is_said_at_once() -> None:
    decision = decide([failed("OutOfSpace in curate")], (said(),), (), EVENING + timedelta(hours=1), ONGOING)
    assert [alert.cause for alert in decision.to_send] == ["OutOfSpace in curate"]
    assert [entry.cause for entry in decision.memory] == ["OutOfSpace in curate"]


def test_a_success_is_said_once_as_a_recovery_that_names_what_is_over() -> None:
    decision = decide([], (said(),), (), EVENING + 2 * DAY, ONGOING)
    (recovered,) = decision.to_send
    assert (recovered.name, recovered.title) == ("recovered", "Recovered: run-failed")
    assert recovered.text == "It is over after 2 days."
    assert decision.memory == ()
    assert decide([], decision.memory, (), EVENING + 3 * DAY, ONGOING).to_send == ()


def test_messages_of_one_trouble_have_its_incident_and_its_end_names_it() -> None:
    (first,), memory = (told := decide([failed()], (), (), EVENING, ONGOING)).to_send, told.memory
    assert first.incident == "run-failed-20261120T0120Z"
    wider = decide([failed("OutOfSpace in curate")], memory, (), EVENING + DAY, ONGOING)
    assert [alert.incident for alert in wider.to_send] == [first.incident]
    (recovered,) = decide([], wider.memory, (), EVENING + 2 * DAY, ONGOING).to_send
    assert recovered.incident == first.incident
    assert recovered.examples[0].text == "The run failed (incident run-failed-20261120T0120Z)"
    assert recovered.text == "It is over after 2 days."


def test_what_only_happened_is_no_incident() -> None:
    (alert,) = decide([Alert("many-restated", "restated", "50 bars", "x")], (), (), EVENING, ONGOING).to_send
    assert alert.incident == ""


def test_after_a_success_the_same_failure_on_the_same_day_is_said_again() -> None:
    recovered = decide([], (said(),), (), EVENING + timedelta(hours=1), ONGOING)
    decision = decide([failed()], recovered.memory, (), EVENING + timedelta(hours=2), ONGOING)
    assert [alert.name for alert in decision.to_send] == ["run-failed"]


def test_what_a_run_could_not_see_is_neither_over_nor_forgotten() -> None:
    memory = (said("completed-with-warnings", "NVDA"),)
    decision = decide([failed()], memory, (), EVENING + timedelta(hours=1), {"run-failed"})
    assert [alert.name for alert in decision.to_send] == ["run-failed"]
    assert memory[0] in decision.memory


def test_what_has_happened_has_no_end_and_is_forgotten_the_next_day() -> None:
    memory = (said("many-restated", "restated"),)
    assert decide([], memory, (), EVENING + timedelta(hours=1), ONGOING).memory == memory
    later = decide([], memory, (), EVENING + DAY, ONGOING)
    assert (later.to_send, later.memory) == ((), ())


def test_a_silenced_alert_is_not_said_and_not_taken_for_said() -> None:
    silence = Silence("run-failed", EVENING + DAY, "the source is down")
    quiet = decide([failed()], (), (silence,), EVENING, ONGOING)
    assert (quiet.to_send, quiet.memory) == ((), ())
    assert [alert.name for alert in decide([failed()], quiet.memory, (silence,), EVENING + DAY, ONGOING).to_send] == ["run-failed"]
