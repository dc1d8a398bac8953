"""The scripts of the delivery and the runbook's own function, run with programs that answer in AWS's and docker's place."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
DOCKER = ROOT / "infra" / "docker"
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
REPOSITORY = "123456789012.dkr.ecr.us-east-1.amazonaws.com/tickerhouse-prod"
DIGEST = "sha256:" + "ab" * 32

# Answers what the first fitting line says, and notes how it was called.
PROGRAM = """#!{python}
import json, sys
from pathlib import Path
folder = Path(__file__).parent
words = [Path(__file__).name, *sys.argv[1:]]
with (folder / "called.jsonl").open("a") as calls:
    calls.write(json.dumps(words) + "\\n")
if "--password-stdin" in words:
    sys.stdin.read()
for part, answer in json.loads((folder / "answers.json").read_text()):
    if part in " ".join(words):
        sys.stdout.write(answer)
        sys.exit(0 if answer else 254)
"""

DEPLOYMENT = {
    "settings": {"TICKERHOUSE_ENVIRONMENT": "prod", "TICKERHOUSE_JOB_VARIABLES": '{"cpu": 512, "network": "a b"}'},
    "image_repository": REPOSITORY,
    "worker_image": f"{REPOSITORY}@{DIGEST}",
    "prefect_api_url": "https://prefect.example.com/api",
    "prefect_secret": "tickerhouse-prod/prefect-credential",
    "prefect_auth": "api_key",
    "slack_secret": "tickerhouse-prod/slack-webhook",
}


@dataclass(frozen=True)
class Programs:
    """Programs that answer in others' place."""

    folder: Path

    def answer(self, *answers: tuple[str, str]) -> None:
        """What the words of a call, in part, are answered with; an empty answer is a failure."""
        (self.folder / "answers.json").write_text(json.dumps(answers))

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}", "GITHUB_ACTIONS": "true"}
        return subprocess.run(words, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)

    def called(self) -> list[list[str]]:
        return [json.loads(line) for line in (self.folder / "called.jsonl").read_text().splitlines()]


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    for name in ("aws", "docker", "terraform"):
        (tmp_path / name).write_text(PROGRAM.format(python=sys.executable))
        (tmp_path / name).chmod(0o755)
    return Programs(tmp_path)


def test_what_terraform_wrote_becomes_variables_and_no_secret_is_shown(programs: Programs) -> None:
    programs.answer(
        ("get-parameter", json.dumps(DEPLOYMENT)), ("prefect-credential", "CANARY-key"), ("slack-webhook", "https://CANARY.example.com")
    )
    done = programs.run(str(DOCKER / "read-deployment"), "/tickerhouse-prod/deployment")
    assert done.returncode == 0, done.stderr
    variables = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert variables == {
        **DEPLOYMENT["settings"],  # type: ignore[dict-item]
        "IMAGE_REPOSITORY": REPOSITORY,
        "WORKER_IMAGE": f"{REPOSITORY}@{DIGEST}",
        "PREFECT_API_URL": "https://prefect.example.com/api",
        "PREFECT_API_KEY": "CANARY-key",
        "TICKERHOUSE_SLACK_WEBHOOK": "https://CANARY.example.com",
    }
    assert set(done.stderr.splitlines()) == {"::add-mask::CANARY-key", "::add-mask::https://CANARY.example.com"}


def test_what_every_step_may_know_is_printed_without_reading_a_secret(programs: Programs) -> None:
    programs.answer(("get-parameter", json.dumps(DEPLOYMENT)), ("secretsmanager", "CANARY"))
    done = programs.run(str(DOCKER / "read-deployment"), "--public", "/tickerhouse-prod/deployment")
    assert done.returncode == 0, done.stderr
    assert {"IMAGE_REPOSITORY", "WORKER_IMAGE", "PREFECT_API_URL"} <= {line.partition("=")[0] for line in done.stdout.splitlines()}
    assert not [call for call in programs.called() if "secretsmanager" in call]


@pytest.mark.parametrize("name", ["deliver", "promote"])
def test_a_secret_is_known_to_the_step_that_deploys_and_to_no_other(name: str) -> None:
    """Not to the installation of packages, nor to the building of the image."""
    steps = yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text())["jobs"][name]["steps"]
    commands = [str(step.get("run", "")) for step in steps]
    reading = [command for command in commands if "read-deployment" in command]
    assert len(reading) == {"deliver": 2, "promote": 3}[name]
    for command in reading:
        (option,) = re.findall(r"read-deployment (--\w+)", command)
        if option == "--public":
            continue
        assert option == "--shell"
        assert "GITHUB_ENV" not in command
        assert "tickerhouse deploy" in command
        assert not re.search(r"\bpip\b|docker/push", command)


def test_a_new_commit_is_built_for_arm_and_named_by_its_digest(programs: Programs) -> None:
    """A commit that was never built is built for ARM and named by its digest."""
    programs.answer(("describe-images", ""), ("inspect", f"{REPOSITORY}@{DIGEST}\n"), ("get-login-password", "password"))
    done = programs.run(str(DOCKER / "push"), REPOSITORY, "abc")
    assert done.stdout == f"TICKERHOUSE_IMAGE={REPOSITORY}@{DIGEST}\n", done.stderr
    (build,) = [call for call in programs.called() if call[:2] == ["docker", "build"]]
    assert build[2:4] == ["--platform", "linux/arm64"]
    assert ["docker", "push", f"{REPOSITORY}:abc"] in programs.called()


def test_the_digest_of_a_first_image_reaches_terraform_without_copying(programs: Programs, tmp_path: Path) -> None:
    programs.answer(
        ("output -raw image_repository", REPOSITORY),
        ("describe-images", f"{DIGEST}\n"),
        ("get-login-password", "password"),
        ("apply", "ok\n"),
    )
    (pushing,) = re.findall(r"^ *(export \"\$\(infra/docker/push .*?)^ *```", RUNBOOK, re.MULTILINE | re.DOTALL)
    block = pushing.replace('"infra/terraform/$env.tfvars"', f'"{tmp_path}/$env.tfvars"')
    done = programs.run("bash", "-euc", f"env=prod\n{block}\necho $TICKERHOUSE_IMAGE")
    assert done.stdout.splitlines()[-1] == f"{REPOSITORY}@{DIGEST}", done.stderr
    assert (tmp_path / "prod.tfvars").read_text() == f'image_digest = "{DIGEST}"\n'


def test_a_commit_that_was_built_before_is_not_built_again(programs: Programs) -> None:
    programs.answer(("describe-images", f"{DIGEST}\n"), ("get-login-password", "password"))
    done = programs.run(str(DOCKER / "push"), REPOSITORY, "abc")
    assert done.stdout == f"TICKERHOUSE_IMAGE={REPOSITORY}@{DIGEST}\n", done.stderr
    assert [call[:2] for call in programs.called() if call[0] == "docker"] == [["docker", "login"]]


def promoted(programs: Programs, *answers: tuple[str, str]) -> subprocess.CompletedProcess[str]:
    programs.answer(*answers, ("get-login-password", "password"), ("imagetools", "copied\n"))
    return programs.run(str(DOCKER / "promote"), f"{REPOSITORY}@{DIGEST}", "tickerhouse-dev", "abc")


def test_a_promoted_image_is_copied_as_it_is_and_never_built(programs: Programs) -> None:
    """The registry says that it is there only once it was copied."""
    (programs.folder / "aws").write_text(
        "#!/usr/bin/env bash\n"
        f'[[ "$*" == *describe-images* && ! -e "{programs.folder}/copied" ]] && exit 254\n'
        f'[[ "$*" == *describe-images* ]] && echo {DIGEST}\nexit 0\n'
    )
    (programs.folder / "docker").write_text(
        f'#!/usr/bin/env bash\ncat > /dev/null\necho "$*" >> "{programs.folder}/docker.txt"\n'
        f'[[ "$*" != *imagetools* ]] || touch "{programs.folder}/copied"\n'
    )
    done = programs.run(str(DOCKER / "promote"), f"{REPOSITORY}@{DIGEST}", "tickerhouse-dev", "abc")
    assert done.returncode == 0, done.stderr
    registry = REPOSITORY.partition("/")[0]
    assert (programs.folder / "docker.txt").read_text().splitlines() == [
        f"login --username AWS --password-stdin {registry}",
        f"buildx imagetools create --prefer-index=false --tag {REPOSITORY}:abc {registry}/tickerhouse-dev@{DIGEST}",
    ]


def test_an_image_that_was_promoted_before_is_left_alone(programs: Programs) -> None:
    done = promoted(programs, ("describe-images", f"{DIGEST}\n"))
    assert done.returncode == 0, done.stderr
    assert not [call for call in programs.called() if call[0] == "docker"]


def test_an_image_whose_digest_changed_on_the_way_is_not_deployed(programs: Programs) -> None:
    done = promoted(programs, ("describe-images", ""))
    assert done.returncode != 0


def test_a_promotion_shows_what_it_would_change_and_takes_the_same_digest() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "deliver.yml").read_text())["jobs"]
    rehearse, promote = jobs["rehearse"], jobs["promote"]
    assert rehearse["with"]["rehearse"] is True
    assert promote["with"]["rehearse"] is False
    assert set(promote["needs"]) == {"deliver", "rehearse"}
    assert rehearse["with"]["digest"] == promote["with"]["digest"] == "${{ needs.deliver.outputs.digest }}"
    steps = yaml.safe_load((ROOT / ".github" / "workflows" / "promote.yml").read_text())["jobs"]["promote"]["steps"]
    commands = [str(step.get("run", "")) for step in steps]
    (said,) = [number for number, command in enumerate(commands) if "deploy --dry-run" in command]
    (done,) = [number for number, command in enumerate(commands) if re.search(r"tickerhouse deploy\)$", command, re.MULTILINE)]
    assert said < done
    assert steps[done]["if"] == "${{ !inputs.rehearse }}"
    # Without pipefail a rehearsal that failed would look like one that found nothing.
    assert steps[said]["shell"] == "bash"
    assert not any("docker/push" in command for command in commands)


MANIFEST = json.dumps({"schemaVersion": 2, "config": {"digest": "a b"}}, indent=2)


def kept(programs: Programs, tags: str, *words: str) -> subprocess.CompletedProcess[str]:
    programs.answer(
        ("describe-images", tags), ("imageManifestMediaType", "application/x\n"), ("imageManifest", f"{MANIFEST}\n"), ("put-image", "{}\n")
    )
    return programs.run(str(DOCKER / "keep"), *words)


def test_an_image_is_kept_by_a_tag_of_its_own_and_keeps_its_digest(programs: Programs) -> None:
    done = kept(programs, "0123abc\n", f"{REPOSITORY}@{DIGEST}", "worker")
    assert done.returncode == 0, done.stderr
    (put,) = [call for call in programs.called() if "put-image" in call]
    given = dict(zip(put[3::2], put[4::2], strict=True))
    assert given == {
        "--repository-name": "tickerhouse-prod",
        "--image-tag": "worker-abababababab",
        "--image-digest": DIGEST,
        "--image-manifest": MANIFEST,
        "--image-manifest-media-type": "application/x",
    }


def test_an_image_that_is_kept_already_is_left_alone(programs: Programs) -> None:
    done = kept(programs, "0123abc\tworker-abababababab\n", f"{REPOSITORY}@{DIGEST}", "worker")
    assert done.returncode == 0, done.stderr
    assert not [call for call in programs.called() if "put-image" in call]


def test_an_image_that_is_gone_cannot_be_kept(programs: Programs) -> None:
    done = kept(programs, "", f"{REPOSITORY}@{DIGEST}", "worker")
    assert done.returncode == 1
    assert "is not in the repository" in done.stderr


def test_the_purposes_of_keep_are_those_that_the_rules_spare() -> None:
    rules = (ROOT / "infra" / "terraform" / "images.tf").read_text()
    (purposes,) = re.findall(r"^  (\w+ \| \w+)\) ;;$", (DOCKER / "keep").read_text(), re.MULTILINE)
    assert [f"{purpose}-" for purpose in purposes.split(" | ")] == re.findall(r'tagPrefixList = \["(.*?)"\]', rules)


def test_a_command_in_the_network_is_followed_to_its_exit_status(programs: Programs) -> None:
    """A command in the network is started, followed, and its exit status said."""
    command = {
        "cluster": "tickerhouse-prod",
        "task_definition": "tickerhouse-prod-command",
        "network": '{"a": 1}',
        "log_group": "/tickerhouse-prod/flows",
    }
    task = "arn:aws:ecs:us-east-1:123456789012:task/tickerhouse-prod/0123abcd"
    programs.answer(
        ("output -json command", json.dumps(command)),
        ("run-task", task),
        ("lastStatus", "STOPPED\n"),
        ("describe-tasks", "0\n"),
        ("logs tail", "up to date\n"),
    )
    in_network = RUNBOOK.partition("```sh\nin_network()")[2].partition("```")[0]
    done = programs.run("bash", "-euc", f"in_network(){in_network}\nin_network tickerhouse migrate --dry-run")
    assert done.stdout.splitlines() == ["up to date", "0"], done.stderr
    (started,) = [call for call in programs.called() if "run-task" in call]
    overrides = json.loads(started[started.index("--overrides") + 1])
    assert overrides == {"containerOverrides": [{"name": "command", "command": ["tickerhouse", "migrate", "--dry-run"]}]}
    (followed,) = [call for call in programs.called() if call[1:3] == ["logs", "tail"]]
    assert followed[followed.index("--log-stream-names") + 1] == "command/command/0123abcd"


def test_a_command_in_the_network_that_ends_badly_stops_what_follows(programs: Programs) -> None:
    programs.answer(("output -json command", '{"cluster": "c"}'), ("lastStatus", "STOPPED\n"), ("describe-tasks", "1\n"), ("aws", "x\n"))
    in_network = RUNBOOK.partition("```sh\nin_network()")[2].partition("```")[0]
    in_network = in_network.replace("$(field task_definition)", "t").replace("$(field network)", "n").replace("$(field log_group)", "l")
    done = programs.run("bash", "-euc", f"in_network(){in_network}\nin_network tickerhouse migrate\necho went on")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "1"


def test_the_variables_of_a_deployment_survive_the_runbooks_shell(programs: Programs) -> None:
    awkward = 'it\'s a "value" $HOME `id` \\ ;'
    programs.answer(("get-parameter", json.dumps(DEPLOYMENT)), ("secretsmanager", awkward))
    (line,) = re.findall(r"^ *(deployment=.*) &&$", RUNBOOK, re.MULTILINE)
    done = programs.run("bash", "-euc", f'env=prod\n{line}\nprintf "%s\\n" "$TICKERHOUSE_JOB_VARIABLES" "$PREFECT_API_KEY"')
    assert done.stdout.splitlines() == [DEPLOYMENT["settings"]["TICKERHOUSE_JOB_VARIABLES"], awkward]  # type: ignore[index]


def test_a_deployment_that_cannot_be_read_is_not_deployed_elsewhere(programs: Programs) -> None:
    """Without the variables, `tickerhouse deploy` would write to the embedded stack."""
    programs.answer(("get-parameter", ""))
    (line,) = re.findall(r"^ *(deployment=.*) &&$", RUNBOOK, re.MULTILINE)
    done = programs.run("bash", "-uc", f"env=prod\n{line} &&\necho deployed")
    assert "deployed" not in done.stdout


def test_no_secret_is_a_word_of_a_command_line(programs: Programs) -> None:
    (putting,) = re.findall(r"^ *(for secret in .*?)^ *```", RUNBOOK, re.MULTILINE | re.DOTALL)
    programs.answer(("put-secret-value", "{}\n"))
    done = programs.run("bash", "-euc", f"env=prod\nexec < <(yes CANARY)\n{putting}")
    assert done.returncode == 0, done.stderr
    assert len(programs.called()) == 3
    assert "CANARY" not in json.dumps(programs.called())
    assert all(call[-2:] == ["--secret-string", "file:///dev/stdin"] for call in programs.called())


def test_sessions_that_leaked_are_ended_by_a_policy_that_iam_takes(programs: Programs) -> None:
    programs.answer()
    ending = RUNBOOK.partition("```sh\nfor role in pipeline ingest load")[2].partition("```")[0]
    done = programs.run("bash", "-euc", f"env=prod\nfor role in pipeline ingest load{ending}")
    assert done.returncode == 0, done.stderr
    called = programs.called()
    assert [call[call.index("--role-name") + 1] for call in called] == [
        "tickerhouse-prod-pipeline",
        "tickerhouse-prod-ingest",
        "tickerhouse-prod-load",
    ]
    for call in called:
        (statement,) = json.loads(call[call.index("--policy-document") + 1])["Statement"]
        assert (statement["Effect"], statement["Action"]) == ("Deny", "*")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", statement["Condition"]["DateLessThan"]["aws:TokenIssueTime"])
