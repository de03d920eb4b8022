"""Settings from files and variables: who wins, and what stops the start."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bot.people.model import Right
from bot.settings import Settings, SettingsError, load
from tests.settings.conftest import Config

ROOT = Path(__file__).parents[2]
TOKENS = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
API = """
services:
  api:
    owner: shop
    environments:
      production:
        target: {type: kubernetes, namespace: shop}
"""
TEAM = "people: {teams: {shop: [dana@example.com]}}\n"


def problems(root: Path, **environ: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(environ, root)
    return [str(problem) for problem in caught.value.problems]


def test_the_sample_config_loads_in_development_and_production() -> None:
    settings = load({}, ROOT)
    assert (settings.env, settings.production) == ("development", False)
    assert [str(name) for name in settings.services] == ["api", "web", "cart", "pay"]
    service, environment = settings.catalogue.place("web", "staging")
    assert (service.owner, environment.approvals.count) == ("storefront", 0)
    production = load({"QUARTERDECK_ENV": "production"} | TOKENS, ROOT)
    assert production.production
    assert production.approval.expires_after == timedelta(hours=2)
    assert settings.approval.expires_after == timedelta(hours=4)


def test_later_layers_win_key_by_key(config: Config) -> None:
    root = config(
        default="deploy: {poll: 2s, settle: 7s, patience: 3m}\nport: 1000\n",
        production="deploy: {settle: 8s}\nport: 2000\n",
        services=API,
        people=TEAM,
    )
    environ = {"QUARTERDECK_ENV": "production", "QUARTERDECK__DEPLOY__PATIENCE": "4m", "PORT": "3001", **TOKENS}
    settings = load(environ, root)
    assert settings.deploy.poll == timedelta(seconds=2)
    assert settings.deploy.settle == timedelta(seconds=8)
    assert settings.deploy.patience == timedelta(minutes=4)
    assert settings.deploy.rollout_timeout == timedelta(minutes=15)
    assert settings.port == 3001


def test_the_plain_variables_reach_their_settings(config: Config) -> None:
    environ = TOKENS | {
        "SLACK_SIGNING_SECRET": "shh",
        "SLACK_API_URL": "http://127.0.0.1:1/api/",
        "DATABASE_URL": "postgresql://u:p@h/d",
        "HOST": "0.0.0.0",
        "PORT": "0",
        "KUBECONFIG": "/a:/b",
        "QUARTERDECK_TEST_KUBECONFIG": "for the tests alone",
        "HOME": "not ours",
    }
    settings = load(environ, config())
    assert settings.slack.bot_token == SecretStr("xoxb-1")
    assert settings.slack.app_token == SecretStr("xapp-1")
    assert settings.slack.signing_secret == SecretStr("shh")
    assert settings.slack.api_url == "http://127.0.0.1:1/api/"
    assert settings.database_url.get_secret_value() == "postgresql://u:p@h/d"
    assert (settings.host, settings.port, settings.kubeconfig) == ("0.0.0.0", 0, "/a:/b")


def test_our_own_spelling_wins_over_a_plain_variable(config: Config) -> None:
    environ = {"PORT": "1", "QUARTERDECK__PORT": "2", "SLACK_API_URL": "a", "QUARTERDECK__SLACK__API_URL": "b"}
    settings = load(environ, config())
    assert (settings.port, settings.slack.api_url) == (2, "b")


def test_an_empty_variable_is_not_set(config: Config) -> None:
    settings = load({"PORT": "", "SLACK_BOT_TOKEN": "", "QUARTERDECK_ENV": "", "QUARTERDECK__HOST": ""}, config())
    assert (settings.port, settings.slack.bot_token, settings.env) == (3000, None, "development")


def test_a_variable_reaches_into_services_whatever_the_case_and_dashes_of_their_names(config: Config) -> None:
    root = config(services=API.replace("api:", "my-api:"), people=TEAM)
    environ = {
        "QUARTERDECK__SERVICES__MY_API__ENVIRONMENTS__PRODUCTION__APPROVALS": "3",
        "QUARTERDECK__SERVICES__MY_API__ENVIRONMENTS__PRODUCTION__TARGET__NAMESPACE": "elsewhere",
        "QUARTERDECK__SERVICES__MY_API__ENVIRONMENTS__PRODUCTION__POLICY__CHECKLIST": '["Dashboards"]',
    }
    settings = load(environ, root)
    environment = settings.services["my-api"].environments["production"]
    assert (environment.approvals.count, environment.target["namespace"]) == (3, "elsewhere")
    assert environment.policy.checklist == ("Dashboards",)


def test_the_config_folder_can_lie_elsewhere(config: Config, tmp_path: Path) -> None:
    (config() / "config").rename(tmp_path / "settled")
    assert load({"QUARTERDECK_CONFIG": "settled"}, tmp_path).channels.deploys == "deploys"
    assert load({"QUARTERDECK_CONFIG": str(tmp_path / "settled")}, ROOT).channels.deploys == "deploys"


def test_development_may_have_a_file_of_its_own(config: Config) -> None:
    assert load({}, config(development="port: 4000")).port == 4000


def test_every_other_environment_must_have_a_file(config: Config) -> None:
    assert problems(config(), QUARTERDECK_ENV="productive") == ["config/productive.yml: there is no such file"]


def test_a_key_that_nobody_knows_is_named_with_its_file_and_the_nearest_key(config: Config) -> None:
    root = config(services=API.replace("target:", "targets:"), people=TEAM, default="deploi: {}\ndeploy: {pol: 1s}")
    assert sorted(problems(root)) == [
        "config/default.yml: deploi: unknown key (did you mean deploy?)",
        "config/default.yml: deploy.pol: unknown key (did you mean poll?)",
        "config/services.yml: services.api.environments.production.target: is missing",
        "config/services.yml: services.api.environments.production.targets: unknown key (did you mean target?)",
    ]


def test_all_problems_are_told_at_once_each_with_its_source(config: Config) -> None:
    root = config(default="port: many\nchannels: {deploys: 'no channel'}\n", people="people: {roles: {x: [deploy.al]}}")
    rights = [f"'{right}'" for right in Right]
    found = problems(
        root,
        QUARTERDECK_CONFIGS="x",
        QUARTERDECK__DEPLOY__POLL="3",
        QUARTERDECK__RETENTION="[1",
        QUARTERDECK__COLOUR="red",
    )
    assert sorted(found) == sorted(
        [
            "QUARTERDECK_CONFIGS: unknown variable (did you mean QUARTERDECK_CONFIG?)",
            "QUARTERDECK__RETENTION: is not JSON: Expecting ',' delimiter: line 1 column 3 (char 2)",
            "QUARTERDECK__COLOUR: colour: unknown key",
            'QUARTERDECK__DEPLOY__POLL: deploy.poll: is no length of time: write "90s", "15m", "4h", "2d" or ISO 8601',
            "config/default.yml: port: must be a valid integer, unable to parse string as an integer",
            'config/default.yml: channels.deploys: is no channel: write "#deploys" or a channel id (C0123ABC)',
            f"config/people.yml: people.roles.x[0]: must be {', '.join(rights[:-1])} or {rights[-1]}",
        ]
    )


def test_names_that_stand_for_nothing_stop_the_start(config: Config) -> None:
    people = """
people:
  teams: {shopp: [dana@example.com]}
  roles: {approver: [deploy.approve]}
  grants:
    - {role: aprover, to: ["team:shop", U0ARI], services: [apj], environments: [staging]}
"""
    services = API + "        strategy: blue\n"
    assert problems(config(services=services, people=people)) == [
        'config/services.yml: services.api.owner: unknown team "shop" (did you mean shopp?)',
        'config/services.yml: services.api.environments.production.strategy: unknown strategy "blue" (known: rolling)',
        'config/people.yml: people.grants[0].role: unknown role "aprover" (did you mean approver?)',
        'config/people.yml: people.grants[0].to: unknown team "shop" (did you mean shopp?)',
        'config/people.yml: people.grants[0].services: unknown service "apj" (did you mean api?)',
        'config/people.yml: people.grants[0].environments: unknown environment "staging" (known: production)',
    ]


GATED = """
metrics: {signals: {errors: {query: 'errors{$selector}', unit: ratio}, requests: {query: 'requests{$selector}'}}}
gates: {strict: {limits: [{signal: errors, above: 0.05}]}}
strategies:
  rolling: {kind: rolling, watch: strict}
  canary: {kind: canary, steps: [{weight: 5, gate: strict}]}
"""


def test_a_gate_and_its_signals_are_found_by_their_names(config: Config) -> None:
    settings = load({}, config(default=GATED))
    assert settings.strategies["canary"].gates == settings.strategies["rolling"].gates == ["strict"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "gate: strict",
            "gate: strikt",
            'strategies.canary.steps[0].gate: unknown gate "strikt" (did you mean strict?)',
        ),
        ("watch: strict", "watch: after", 'strategies.rolling.watch: unknown gate "after" (known: strict)'),
        (
            "signal: errors",
            "signal: error",
            'gates.strict.limits[0].signal: unknown signal "error" (did you mean errors?)',
        ),
        (
            "{limits: [{signal: errors, above: 0.05}]}",
            "{compare: [{signal: p99}]}",
            'gates.strict.compare[0].signal: unknown signal "p99" (known: errors, requests)',
        ),
        (
            "{strict: {",
            "{strict: {requests: request, ",
            'gates.strict.requests: unknown signal "request" (did you mean requests?)',
        ),
        (
            "{weight: 5, gate",
            "{weight: 5, pause: 13h, gate",
            "strategies.canary.steps[0].pause: is longer than deploy.waits_at_most (12h), after which a step goes back",
        ),
    ],
)
def test_gates_and_signals_that_stand_nowhere_stop_the_start(config: Config, old: str, new: str, said: str) -> None:
    assert problems(config(default=GATED.replace(old, new, 1))) == [f"config/default.yml: {said}"]


def test_roles_teams_and_environments_that_a_policy_names_must_stand_somewhere(config: Config) -> None:
    services = API + (
        "        approvals: {count: 2, roles: [commander], escalate_to: ['team:shopp']}\n"
        "        policy: {proven_in: {environment: stagin, for: 1h}}\n"
        "      staging:\n"
        "        target: {type: kubernetes, namespace: shop}\n"
        "        policy: {proven_in: {environment: staging}}\n"
    )
    at = "config/services.yml: services.api.environments"
    assert sorted(problems(config(services=services, people=TEAM))) == sorted(
        [
            f'{at}.production.policy.proven_in.environment: unknown environment "stagin" (did you mean staging?)',
            f'{at}.production.approvals.roles: unknown role "commander" (known: none)',
            f'{at}.production.approvals.escalate_to: unknown team "shopp" (did you mean shop?)',
            f"{at}.staging.policy.proven_in.environment: a version can't be proven where it is about to go",
        ]
    )


@pytest.mark.parametrize(
    ("written", "count", "teams"),
    [
        ("approvals: 2", 2, 0),
        ("approvals: 0", 0, 0),
        ("approvals: {count: 2, teams: 2}", 2, 2),
        ("approvals: {}", 1, 0),
    ],
)
def test_approvals_are_a_number_or_say_more(config: Config, written: str, count: int, teams: int) -> None:
    settings = load({}, config(services=f"{API}        {written}\n", people=TEAM))
    quorum = settings.services["api"].environments["production"].approvals
    assert (quorum.count, quorum.teams) == (count, teams)


@pytest.mark.parametrize("written", ["approvals: true", "approvals: many", "approvals: {count: 1, teams: 2}"])
def test_what_is_no_quorum_stops_the_start(config: Config, written: str) -> None:
    [found] = problems(config(services=f"{API}        {written}\n", people=TEAM))
    assert found.startswith("config/services.yml: services.api.environments.production.approvals")


def test_the_playground_has_the_same_rules_at_a_pace_that_one_can_watch() -> None:
    ours, quick = load({}, ROOT), load({"QUARTERDECK_ENV": "playground"}, ROOT)
    assert {name: one.kind for name, one in quick.strategies.items()} == {
        name: one.kind for name, one in ours.strategies.items()
    }
    assert quick.gates.keys() == ours.gates.keys()
    assert timedelta(0) < quick.deploy.watch < ours.deploy.watch


def test_where_metrics_are_asked_for_can_stand_in_a_variable_alone() -> None:
    settings = load({"PROMETHEUS_URL": "http://127.0.0.1:9090"}, ROOT)
    assert settings.prometheus_url == "http://127.0.0.1:9090"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "is not YAML: while parsing a flow node"),
        ("- a\n- b\n", "must hold keys and values"),
        ("port: 1\nport: 2\n", "is not YAML: the key port is there twice"),
        ("on: 1\n", "is not YAML: a key that is no text: put it in quotes"),
        ("? [a]\n: 1\n", "is not YAML: a key that is no text"),
        ("port: !!python/object:os.system x", "is not YAML: could not determine a constructor"),
        (None, "there is no such file"),
    ],
)
def test_a_file_that_is_none_stops_the_start(config: Config, text: str | None, words: str) -> None:
    (found,) = problems(config(default=text))
    assert found.startswith(f"config/default.yml: {words}")


def test_a_file_that_can_not_be_read_stops_the_start(config: Config) -> None:
    root = config(people=None)
    (root / "config" / "people.yml").mkdir()
    (root / "config" / "services.yml").write_bytes(b"\xff")
    assert [line.split(": ")[0:2] for line in problems(root)] == [
        ["config/services.yml", "can't be read"],
        ["config/people.yml", "can't be read"],
    ]


def test_production_refuses_to_start_without_tokens_and_services(config: Config) -> None:
    assert problems(config(), QUARTERDECK_ENV="production") == [
        "config/default.yml: slack.bot_token: is missing: production needs SLACK_BOT_TOKEN",
        "config/default.yml: slack.app_token: is missing: production needs SLACK_APP_TOKEN or SLACK_SIGNING_SECRET",
        "config/default.yml: services: there are none: production needs at least one service with a target",
    ]


@pytest.mark.parametrize("way_in", ["SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"])
def test_production_starts_with_one_way_in(config: Config, way_in: str) -> None:
    environ = {"QUARTERDECK_ENV": "production", "SLACK_BOT_TOKEN": "xoxb-1", way_in: "x"}
    assert load(environ, config(services=API, people=TEAM)).production


def test_a_secret_is_in_no_complaint_and_in_no_printed_settings(config: Config) -> None:
    root = config(default="slack: {bot_token: [xoxb-hush]}\ndatabase_url: {password: hush}\n")
    assert "hush" not in "\n".join(problems(root))
    assert "hush" not in repr(
        load({"SLACK_BOT_TOKEN": "xoxb-hush", "DATABASE_URL": "postgresql://u:hush@h/d"}, config())
    )


def test_settings_never_change() -> None:
    settings = load({}, ROOT)
    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1  # type: ignore[misc]  # what mypy forbids must fail at run time too


def test_settings_depend_on_nothing_but_what_they_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "1")
    monkeypatch.setenv("QUARTERDECK__HOST", "nowhere")
    assert load({}, ROOT).port == Settings().port == 3000
    assert load({}, ROOT).host == Settings().host == "127.0.0.1"
