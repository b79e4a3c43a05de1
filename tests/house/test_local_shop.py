"""The shop on one machine and the commands beside it: one at a time on a folder, and refusals that are sentences."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time

import pytest
from botocore.exceptions import NoCredentialsError

from infra import build, ship
from local import alone, clean, data, left, run, seed, settle, signals, totp
from local.engine import EngineRefused

HOLDS = """
import pathlib, sys, time
from local import alone
held = alone.take(pathlib.Path(sys.argv[1]), "me")
print(1, flush=True)
time.sleep(60)
"""


@pytest.fixture
def simulator(tmp_path):
    """What looks like a payment simulator, noted in the folder."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "simulator"])
    (tmp_path / left.SIMULATOR).write_text(str(child.pid))
    yield child
    child.kill()
    child.wait()


def test_a_second_run_says_where_the_first_is_and_leaves_its_simulator_alone(tmp_path, simulator, monkeypatch, capsys):
    monkeypatch.setenv("JISHI_STATE", str(tmp_path))
    with alone.take(tmp_path, "http://127.0.0.1:8123; kill 77"):
        assert run.main() == 1
    assert "(http://127.0.0.1:8123; kill 77)" in capsys.readouterr().err
    assert simulator.poll() is None


def test_a_run_whose_port_is_taken_leaves_the_simulator_alone(tmp_path, simulator, monkeypatch, capsys):
    monkeypatch.setenv("JISHI_STATE", str(tmp_path))
    monkeypatch.setattr(run.engines, "in_use", lambda port: True)
    assert run.main() == 1
    assert "JISHI_PORT=" in capsys.readouterr().err
    assert simulator.poll() is None


def test_data_that_an_older_shop_left_is_refused_and_what_forgets_it_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("JISHI_STATE", str(tmp_path))
    (tmp_path / "engine.log").write_text("")
    assert run.main() == 1
    assert "make clean" in capsys.readouterr().err
    (tmp_path / data.NAME).write_text("0")
    with pytest.raises(EngineRefused, match="make clean"):
        data.heed(tmp_path)
    (tmp_path / "engine.log").unlink()
    data.heed(tmp_path)  # nothing was started here yet
    (tmp_path / "engine.log").write_text("")
    data.heed(tmp_path)


def test_a_folder_is_free_again_when_its_shop_was_killed(tmp_path):
    command = [sys.executable, "-c", HOLDS, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:  # noqa: S603  # our own program
        child.stdout.readline()
        with pytest.raises(EngineRefused, match=r"already \(me\)"):
            alone.take(tmp_path, "another")
        child.kill()
        child.wait()
    alone.take(tmp_path, "another").close()
    assert (tmp_path / alone.NAME).read_text() == "another"


def test_cleaning_is_refused_while_a_shop_runs_and_ends_what_a_killed_one_left(tmp_path, capsys):
    state = tmp_path / clean.STATE
    with alone.take(state, "http://127.0.0.1:8123"):
        assert clean.main(tmp_path) == 1
    assert state.exists()
    assert "stop it first" in capsys.readouterr().err
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "simulator"])
    (state / left.SIMULATOR).write_text(str(child.pid))
    assert clean.main(tmp_path) == 0
    assert child.wait(5) != 0
    assert not state.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("JISHI_PORT", "abc"), ("JISHI_PORT", "0"), ("JISHI_CASHIER_PORT", "65536"), ("JISHI_ENGINE_PORT", ""),
     ("JISHI_TICK_SECONDS", "soon"), ("JISHI_TICK_SECONDS", "0"), ("JISHI_THREADS", "-1")],
)  # fmt: skip
def test_a_setting_that_is_no_number_is_refused_by_name(name, value, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("JISHI_STATE", str(tmp_path / "state"))
    monkeypatch.setenv(name, value)
    assert run.main() == 1
    said = capsys.readouterr().err
    assert f"cannot start: {name} is a " in said
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("other", ["JISHI_CASHIER_PORT", "JISHI_ENGINE_PORT"])
def test_two_at_one_port_are_refused_in_a_sentence(other, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("JISHI_STATE", str(tmp_path))
    for name in ("JISHI_PORT", other):
        monkeypatch.setenv(name, "8430")
    assert run.main() == 1
    told = capsys.readouterr().err
    assert told == f"cannot start: JISHI_PORT and {other} are both 8430: each needs a port of its own\n"


def test_filling_a_filled_shop_says_that_it_is_there(capsys):
    assert seed.main(load=lambda say: say("demo shop: 3 products"), join=dict) == 0
    assert capsys.readouterr().out == "demo shop: 3 products\n"
    assert seed.main(load=lambda say: None, join=dict) == 0
    assert "is there already" in capsys.readouterr().out


def outside(command: list[str], **more: str) -> subprocess.CompletedProcess[str]:
    """A command as somebody calls it who has told AWS's tools nothing, or this."""
    told = {"PATH": os.environ["PATH"], "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull, **more}  # fmt: skip
    return subprocess.run(  # noqa: S603  # our own modules
        [sys.executable, "-m", *command],
        cwd=run.ROOT,
        env=told,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


REGION = {"AWS_DEFAULT_REGION": "cn-north-1"}


@pytest.mark.parametrize(
    ("command", "more", "words"),
    [
        (["infra.build", "secret", "prod", "", ""], REGION, "NAME=payments/wechat FILE=wechat.json"),
        (["infra.build", "secret", "", "a", "b"], REGION, "STAGE=prod"),
        (["infra.build", "secret", "prod", "a", "no-such-file"], REGION, "no-such-file cannot be read"),
        (["infra.build", "secret", "prod", "a", "README.md"], REGION, "README.md is no JSON"),
        (["infra.build", "secret", "prod", "a", "stages/example.json"], {}, "AWS_DEFAULT_REGION"),
        (["infra.build", "secret", "prod", "a", "stages/example.json"], REGION, "no credentials"),
        (
            ["infra.build", "secret", "prod", "payments/nobody", "stages/example.json"],
            REGION,
            "nobody reads payments/nobody; there are: payments/wechat",
        ),
        (
            ["infra.build", "secret", "prod", "payments/unionpay", "stages/example.json"],
            REGION,
            "payments/unionpay: it lacks base_url",
        ),
        (["infra.build", "keys", ""], REGION, "STAGE=prod"),
        (["infra.build", "keys", "prod"], {}, "AWS_DEFAULT_REGION"),
        (["infra.build", "keys", "prod"], REGION, "no credentials"),
        (["local.audit", "prod"], {}, "AWS_DEFAULT_REGION"),
        (["local.audit", "prod"], REGION, "no credentials"),
        (["local.admin", "a@example.com", "prod"], REGION, "no credentials"),
    ],
)
def test_a_command_without_what_it_needs_is_refused_in_a_sentence(command, more, words):
    told = outside(command, **more)
    assert told.returncode == 1
    assert words in told.stderr
    assert len(told.stderr.strip().splitlines()) == 1, told.stderr


def test_credentials_are_asked_for_before_anything_is_packaged(monkeypatch):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")
    monkeypatch.setattr(ship, "RUNTIME", sys.version_info[:2])
    monkeypatch.setattr(build, "shop", lambda: pytest.fail("the app was looked at"))
    with pytest.raises(NoCredentialsError):
        build.deploy(run.ROOT / "build" / "never", "prod")


def test_a_setting_of_the_shop_that_is_no_number_is_refused_by_name_at_the_start(monkeypatch):
    monkeypatch.setenv("PAY_MINUTES", "abc")
    with pytest.raises(EngineRefused, match="PAY_MINUTES is a whole number, not 'abc'"):
        settle.shop_document()


def test_a_setting_that_nothing_could_follow_is_refused_by_name_at_the_start(monkeypatch):
    for name, text in {"PHONE_CHANNEL": "zzz", "PUBLIC_URL": "nonsense", "CART_MAX_LINES": "500"}.items():
        monkeypatch.setenv(name, text)
    told = "CART_MAX_LINES is at most 80, not '500'; PHONE_CHANNEL is empty or outbox or sms or tencent, not 'zzz'; PUBLIC_URL is"
    with pytest.raises(EngineRefused, match=told):
        settle.shop_document()


def test_where_sign_in_codes_are_read_is_printed(capsys):
    run.tell("http://127.0.0.1:8000", None, {})
    assert re.search(r"^  outbox.* http://127\.0\.0\.1:8000/dev/outbox$", capsys.readouterr().out, re.MULTILINE)


@pytest.mark.parametrize("name", ["JISHI_STATE", "OUTBOX_DIR"])
def test_a_folder_that_cannot_be_written_is_refused_by_name(name, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("JISHI_STATE", str(tmp_path / "state"))
    monkeypatch.setenv(name, str(tmp_path / "file" / "below"))
    assert run.main() == 1
    said = capsys.readouterr().err
    assert said.startswith(f"cannot start: {name}: {tmp_path}/file/below cannot be written (")
    assert len(said.splitlines()) == 1


def interrupted():
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(10)


@pytest.fixture
def restored():
    before = {sign: signal.getsignal(sign) for sign in signals.STOPS}
    yield
    for sign, handler in before.items():
        signal.signal(sign, handler)


def test_a_stop_signal_breaks_off_what_is_being_started_once_and_says_so_at_once(restored):
    said, stopped = [], signals.heed()
    with pytest.raises(signals.Interrupted), stopped.breaking(lambda: said.append("stopping")):
        interrupted()
    os.kill(os.getpid(), signal.SIGINT)  # a second one does not break off the stopping
    time.sleep(0.1)
    assert said == ["stopping"]
    stopped()


def test_afterwards_a_stop_signal_is_waited_for(restored):
    stopped = signals.heed()
    with stopped.breaking(lambda: pytest.fail("it is not breaking anything off")):
        pass
    stopped(lambda: True)
    assert not stopped.came
    os.kill(os.getpid(), signal.SIGTERM)
    stopped()
    assert stopped.came


@pytest.mark.parametrize("text", ["NOTASECRET", "", "not base32!", "JBSWY3DPEHPK3PXP"])
def test_what_is_no_secret_has_no_code(text, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("JISHI_STATE", str(tmp_path))
    assert totp.main([text]) == 1
    assert "that is no secret" in capsys.readouterr().err
    assert totp.main(["YJM3GZ6X25EMXUDV5YVUDCEF2NCLVDTL"]) == 0
    assert re.fullmatch("[0-9]{6}", capsys.readouterr().out.strip())
