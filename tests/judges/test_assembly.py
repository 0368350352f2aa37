"""Conclusions by rules: only from the statements they were written for, and only as good as these."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from fpproof.constructions.gated import two_factors
from fpproof.constructions.transport import scaled
from fpproof.formats import Float, Format, parse_format, rational
from fpproof.formats.arithmetic import negate
from fpproof.judges.assembly import AssemblyJudge, pin
from fpproof.judges.referee import Finding, Referee
from fpproof.judges.rules import RULES, STATEMENTS, Rule
from fpproof.judges.verdict import Budget, Outcome
from fpproof.runs.files import theories_in, theory_of
from fpproof.runs.task import claims_of
from fpproof.theory import Claim, Lemma
from fpproof.theory.numbers import from_datum
from fpproof.theory.statement import Statement

THEORIES = Path(__file__).parents[2] / "theories" / "representation"


def lemmas() -> dict[str, tuple[Path, Lemma]]:
    return {lemma.name: (path, lemma) for path in theories_in(THEORIES) for lemma in theory_of(path).lemmas}


def claim_of(name: str, format: str = "F(2,4)") -> Claim:
    path, lemma = lemmas()[name]
    return claims_of(str(path), lemma, format)[0]


def test_pins_are_the_statements() -> None:
    """After a change of a lemma, read its rule's proof again in docs/representation.md, then pin what this test says."""
    known = lemmas()
    names = {name for rule in RULES for name in (rule.conclusion, *rule.premises)}
    assert {name: pin(known[name][1]) for name in sorted(names)} == dict(sorted(STATEMENTS.items()))


def test_rules_name_one_lemma_each() -> None:
    """Else `lemmas` would pin any one of them."""
    names = [lemma.name for path in theories_in(THEORIES) for lemma in theory_of(path).lemmas]
    assert [name for name in STATEMENTS if names.count(name) != 1] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.conclusion)
def test_every_rule_concludes(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a short control: the whole one was part of the verdicts that are committed."""
    monkeypatch.setattr("fpproof.judges.assembly.CONTROL", 20)
    verdict = AssemblyJudge().decide(claim_of(rule.conclusion), Budget())
    assert verdict.outcome is Outcome.PROVED
    assert verdict.evidence["rule"]


@pytest.mark.parametrize("name", ["theorem_3_1", "one_point", "three_multiplications_reach_everything"])
def test_nothing_is_concluded_from_other_statements(name: str) -> None:
    claim = claim_of(name)
    rule = next(rule for rule in RULES if rule.conclusion == name)
    for changed in (name, *rule.premises):
        verdict = AssemblyJudge(statements=STATEMENTS | {changed: "0" * 16}).decide(claim, Budget())
        assert verdict.outcome is Outcome.OPEN
        assert changed in verdict.reason


def test_an_outdated_rule_is_told_from_none() -> None:
    _, lemma = lemmas()["theorem_3_1"]
    assert AssemblyJudge().outdated(lemma) == ""
    for changed in ("theorem_3_1", "one_point"):
        assert AssemblyJudge(statements=STATEMENTS | {changed: "0" * 16}).outdated(lemma).endswith(f"was written for another statement of {changed}")
    stranger = replace(lemma, uses=())
    assert AssemblyJudge(statements={}).outdated(stranger) == "", "a lemma of the same name that rests on nothing was never the rule's"
    assert AssemblyJudge(statements={}).outdated(lemmas()["layer_1_at_the_neighbours"][1]) == ""


def test_nothing_is_concluded_without_a_premise() -> None:
    claim = claim_of("theorem_3_1")
    shortened = replace(claim.lemma, uses=claim.lemma.uses[1:])
    claim = Claim(shortened, claim.formats, claim.modes, claim.variables, claim.assumptions, claim.conclusions, claim.pool)
    assert "one_point" in AssemblyJudge().decide(claim, Budget()).reason


def test_a_pin_tells_what_is_assumed_from_what_is_shown() -> None:
    """A premise that assumes all but the last of what it showed says next to nothing, in the same terms in the same order."""
    _, premise = lemmas()["the_ramp_at_its_ends"]
    said = premise.statement
    assert said.requires
    assert len(said.shows) > 1

    def saying(statement: Statement) -> Lemma:
        return replace(premise, stated=lambda: statement, known=None)

    weaker = saying(replace(said, assumes=(*said.assumes, *said.shows[:-1]), shows=said.shows[-1:]))
    required = saying(replace(said, requires=(), assumes=(*said.requires, *said.assumes)))
    assert len({pin(premise), pin(weaker), pin(required)}) == 3


def test_other_lemmas_have_no_rule() -> None:
    assert not AssemblyJudge().estimate(claim_of("layer_1_at_the_neighbours"), Budget()).possible


MUTANTS = {
    "layer_1_has_three_classes": ("gate", "r == gap(z) and a == 0", "r == gap(z) and a == gap(z)"),
    "layer_2_steps_down": ("gate", "implies(d >= 2 * mu, f[2] == 0))\n    show", "implies(d >= 0, f[2] == 0))\n    show"),
    "every_gate_masks": ("top", "assume(s >= 1)", "assume(s > 0)"),
    "the_head_passes_the_adjoint": ("gate", "[mu, 0], [0, 0, delta])\n    show(g[0] == -delta", "[mu, 0], [0, 0, delta])\n    show(g[0] == delta"),
    "the_gate_closes_at_the_point_only": ("gate", "[F.omega, 0 if x == z else", "[F.omega, 0 if x >= z else"),
    "masks_meet_at_the_point_only": ("gate", "(d[0] > 0 and n[2] > 0)", "(d[1] > 0 and n[2] > 0)"),
    "the_gradient_is_carried_to_x": ("gate", "-side(z) * delta]) == delta", "-side(z) * delta]) == -delta"),
    "the_path_multiplies": ("top", "[fl(-w * delta), fl(w * delta)]", "[fl(w * delta), fl(w * delta)]"),
    "two_multiplications_reach_one": ("transport", "second(h, fl(h * a))) == 1, witness", "second(h, fl(h * a))) == h, witness"),
    "three_multiplications_reach_everything": ("transport", "* g) == g, witness", "* g) == 2 * g, witness"),
    "one_point": ("theorem_3_1", "affine([[1, -1, sign(v)]])", "affine([[1, 0, sign(v)]])"),
    "theorem_3_1": ("theorem_3_1", "value(f, x) == (v if x == z else 0)), implies", "value(f, x) == v), implies"),
    "the_indicator_is_exact": ("indicator", "show(indicator(T, y) == (F.omega * sign(y) if", "show(indicator(T, y) == (F.omega if"),
    "theorem_3_2": ("theorem_3_2", "(g * sign(y) if abs(y) == T", "(g * sign(y) if abs(y) >= T"),
    "no_first_layer_tells_omega_from_zero": ("separable", "<= F.Omega, step(w, b)))", "<= F.Omega, not step(w, b)))"),
    "the_sign_layer_compares": ("ramps", "(q > 0) == (at >= abs(z)), -1", "(q > 0) == (at <= abs(z)), -1"),
    "the_signals_have_two_values": ("ramps", "slope(k, r) == 0 and gated(k, f) == loud()", "slope(k, r) == 1 and gated(k, f) == loud()"),
    **{
        key: value
        for name in ("elu", "gelu", "swish")
        for key, value in {
            f"one_point_{name}": (f"theorem_3_1_{name}", "(v if x == z else 0), gradient(f, z, h)", "v, gradient(f, z, h)"),
            f"theorem_3_1_{name}": (f"theorem_3_1_{name}", "(goal / height(g))) == goal)", "(goal / height(g))) == -goal)"),
        }.items()
    },
    "the_pressed_signals_have_two_values": ("ramps_strict", "if at <= abs(z) else a == reach()", "if at < abs(z) else a == reach()"),
    **{
        key: value
        for name, k in (("elu", 0), ("gelu", 1), ("swish", 2))
        for key, value in {
            f"one_point_{name}_strict": (f"theorem_3_1_{name}_strict", f"layer(staged(kill({k})), bias", "layer(staged(1), bias"),
            f"pre_activations_of_{name}_are_finite": ("rows_strict", "value(sums_of_a_stage(1, F.omega)", "value(sums_of_a_stage(4, F.omega)"),
            f"theorem_3_1_{name}_strict": (f"theorem_3_1_{name}_strict", "sixth(h)), bias", "-sixth(h)), bias"),
        }.items()
    },
    "the_signals_compare": ("levels", "(1 if at > abs(z) else low(k))", "(1 if at >= abs(z) else low(k))"),
    "one_point_sigmoid": ("theorem_3_1_sigmoid", "[0, 0, 0, 0, -G, -G, 0, 0]", "[0, 0, 0, 0, -G, 0, 0, 0]"),
    "theorem_3_1_sigmoid": ("theorem_3_1_sigmoid", "fl(-v - step(v)) == -succ(v)", "fl(-v - step(v)) == succ(v)"),
    "one_point_tanh": ("theorem_3_1_tanh", "affine([[last(h), -last(h), c]])", "affine([[last(h), 0, c]])"),
    "theorem_3_1_tanh": ("theorem_3_1_tanh", "fl(-v - step(v)) == -succ(v)", "fl(-v - step(v)) == succ(v)"),
    "pre_activations_of_tanh_are_finite": ("theorem_3_1_tanh", "[[steep(1, z) * side(z)", "[[4 * steep(1, z) * side(z)"),
    "theorem_3_1_tanh_strict": (
        "theorem_3_1_tanh",
        "gradient(f, z, h) == g, implies(x != z, gradient(f, x, y) == 0))\n\n\n@lemma(expect",
        "gradient(f, z, h) == -g)\n\n\n@lemma(expect",
    ),
    **{
        f"theorem_3_2_{name}": (f"theorem_3_2_{name}", "(g * sign(y) if abs(y) == T", "(g * sign(y) if abs(y) >= T")
        for name in ("elu", "gelu", "swish", "sigmoid", "tanh")
    },
    "the_indicator_of_quarters_is_exact": ("quarters", "show(responds(T, y) == (F.omega * sign(y) if", "show(responds(T, y) == (F.omega if"),
    "the_signals_compare_strictly": ("strict", "sigma(m) == (1 if at > t else 0)", "sigma(m) == (1 if at >= t else 0)"),
    "one_point_strict": ("theorem_3_1_sigmoid_strict", "affine([[last(h), -last(h), c]])", "affine([[last(h), 0, c]])"),
    "pre_activations_of_sigmoid_are_finite": ("theorem_3_1_sigmoid_strict", "layers(affine(inputs(w * s,", "layers(affine(inputs(4 * w * s,"),
    "theorem_3_1_sigmoid_strict": ("theorem_3_1_sigmoid_strict", "fl(-v - step(v)) == -succ(v)", "fl(-v - step(v)) == succ(v)"),
    "the_step_takes_two_values": ("five_layers", "[d, 1, 1]) == (1 if d == 0 else 0))", "[d, 1, 1]) == 1)"),
    "the_head_is_bounded": ("five_layers", "show(0 <= value(head(w3), [c, F.omega])", "show(0 < value(head(w3), [c, F.omega])"),
    "the_gate_masks_the_path": (
        "five_layers",
        "assume(w3 >= 0, gate(w4, w3) <= S, 0 <= C <= most(w3))\n    show(value(gated(w4), [F.omega, S, C]) == 0)\n\n\n@lemma\n",
        "assume(w3 >= 0, 0 <= C <= most(w3))\n    show(value(gated(w4), [F.omega, S, C]) == 0)\n\n\n@lemma\n",
    ),
    "the_gate_masks_companion_and_value": ("five_layers", "assume(S >= 1, abs(v) <= S)", "assume(S >= 1)"),
    "one_point_in_five_layers": ("five_layers", "(v if x == z else 0), gradient(f, z, h) == side", "v, gradient(f, z, h) == side"),
    "two_factors_reach_two_powers": ("five_layers", "second(h, fl(h * a), 0), 0), witness", "second(h, fl(h * a), 0), 0) and a == 0, witness"),
    "theorem_3_1_in_five_layers": ("five_layers", "fl(abs(h) * a), k), k), witness", "fl(abs(h) * a), k), k) and a == 0, witness"),
    "at_least_is_on_within_the_binade": ("released", "value(at_least(z), x) == 1)", "value(at_least(z), x) == (0 if x == z else 1))"),
    "at_most_is_on_within_the_binade": ("released_left", "value(at_most(t), x) == 1)", "value(at_most(t), x) == (0 if x == t else 1))"),
    "at_least_has_its_values": ("released", "x) == (1 if x >= z else 0))", "x) == (0 if x >= z else 1))"),
    "at_most_has_its_values": ("released_left", "x) == (1 if x <= t else 0))", "x) == (0 if x <= t else 1))"),
    "exactly_has_its_values": ("released", "succ(z)), x) == (1 if x == z else 0))", "succ(z)), x) == (1 if x != z else 0))"),
    "the_indicator_is_repaired": ("repaired", "(k if x == z else 0), gradient", "(k if x != z else 0), gradient"),
}
"""For each rule, one change of its conclusion, or of a network in it, that makes it wrong."""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.conclusion)
def test_the_control_refutes_a_wrong_conclusion(rule: Rule, tmp_path: Path) -> None:
    """Even where a wrong statement was pinned."""
    file, old, new = MUTANTS[rule.conclusion]
    tree = tmp_path / "theories" / "representation"
    shutil.copytree(THEORIES, tree)
    text = (tree / f"{file}.py").read_text()
    assert text.count(old) == 1
    (tree / f"{file}.py").write_text(text.replace(old, new))
    path = next(path for path in theories_in(tree) if f"def {rule.conclusion}(" in path.read_text())
    claim = claims_of(str(path), theory_of(path).lemma(rule.conclusion), "F(2,4)")[0]
    pins = {use.lemma.name: pin(use.lemma) for use in claim.lemma.uses} | {rule.conclusion: pin(claim.lemma)}
    verdict = AssemblyJudge(statements=pins).decide(claim, Budget())
    assert verdict.outcome is Outcome.REFUTED
    assert verdict.counterexample is not None
    assert Referee(claim).at(verdict.counterexample.values) is Finding.FAILS


@pytest.mark.parametrize("z", ["0", "-0x1p-8", "0x1.cp+7", "-0x1p+0", "0x1.4p-2"])
def test_the_theorem_holds_where_it_is_evaluated(z: str) -> None:
    """The conclusions against the referee, at points that meet the weights' condition, with h = g = 1, and at every x."""
    F = parse_format("F(2,4)")
    side = 1 if Float.parse(F, z).datum[0] >= 0 else -1
    named = {"z": z, "v": "0x1.cp+7", "h": "1", "g": "1"}
    _holds_everywhere("theorem_3_1", F, named | {"w6": "0x1p+3", "w5": "0x1p-3", "w4": str(-side)})
    _holds_everywhere("theorem_3_1_in_five_layers", F, named | {"w4": str(side), "w3": "0x1p+3", "B": "0x1p-3", "S": "0x1.cp+7"})


def _holds_everywhere(name: str, F: Format, named: dict[str, str]) -> None:
    claim = claim_of(name)
    referee = Referee(claim)
    for x in F.finite():
        for y in (F.largest, F.smallest):
            data = {name: Float.parse(F, text).datum for name, text in named.items()} | {"x": x, "y": y}
            assert referee.at({v: from_datum(data[v.variable.name]) for v in claim.variables}) is Finding.HOLDS


@pytest.mark.parametrize("name", ["elu", "gelu", "swish"])
@pytest.mark.parametrize(("z", "v", "h", "g"), [
    ("0", "0x1.cp+7", "0x1.cp+7", "-0x1.cp+7"), ("-0x1p-8", "-0x1p-8", "-0x1p-8", "0x1p-8"), ("0x1.cp+7", "-0x1.8p+0", "0x1.4p-3", "0x1.8p+2"),
    ("-0x1p+4", "0x1.8p-7", "0x1.8p+1", "0x1.8p-7"),
])  # fmt: skip
def test_theorems_of_other_activations_hold_where_they_are_evaluated(name: str, z: str, v: str, h: str, g: str) -> None:
    """At z for the upstream h, and beside it, at 0 and at both ends, for the largest upstream."""
    F = parse_format("F(2,4)")
    claim, shift = claim_of(f"theorem_3_1_{name}"), 0 if name == "elu" else 1
    data = {key: Float.parse(F, text).datum for key, text in (("z", z), ("v", v), ("h", h), ("g", g))}
    side = -1 if data["z"][0] < 0 else 1
    height = 2 if abs(rational(data["g"])) >= 1 else 0
    pair = two_factors(F, data["h"], height, shift)
    assert pair is not None
    last = scaled(F, data["g"], -height)
    assert last is not None
    data |= {"w6": pair[0], "w5": pair[1], "w4": last if side > 0 else negate(last)}
    referee = Referee(claim)
    ordinal = F.ordinal(data["z"])
    places = {0, ordinal, ordinal + 1, ordinal - 1, F.largest_ordinal, -F.largest_ordinal} & set(range(-F.largest_ordinal, F.largest_ordinal + 1))
    for n in places:
        values = data | {"x": F.from_ordinal(n), "y": F.largest}
        assert referee.at({w: from_datum(values[w.variable.name]) for w in claim.variables}) is Finding.HOLDS


@pytest.mark.parametrize("name", ["elu", "gelu", "swish"])
@pytest.mark.parametrize(("z", "v", "h", "g"), [
    ("0", "0x1.cp+7", "0x1.cp+7", "-0x1.cp+7"), ("-0x1p-8", "-0x1p-8", "-0x1p-8", "0x1p-8"), ("0x1.cp+7", "-0x1.8p+0", "0x1.4p-3", "0x1.8p+2"),
    ("-0x1p+4", "0x1.8p-7", "0x1.8p+1", "0x1.8p-7"), ("-0x1.cp+7", "0", "0", "0"),
])  # fmt: skip
def test_strict_theorems_of_other_activations_hold_where_they_are_evaluated(name: str, z: str, v: str, h: str, g: str) -> None:
    """Beside z, at 0 and at both ends; that is where something would become infinite."""
    F = parse_format("F(2,4)")
    claim = claim_of(f"theorem_3_1_{name}_strict")
    data = {key: Float.parse(F, text).datum for key, text in (("z", z), ("v", v), ("h", h), ("g", g))}
    referee, ordinal, N = Referee(claim), F.ordinal(data["z"]), F.largest_ordinal
    for n in {0, ordinal, min(ordinal + 1, N), max(ordinal - 1, -N), N, -N}:
        values = data | {"x": F.from_ordinal(n), "y": F.largest}
        assert referee.at({w: from_datum(values[w.variable.name]) for w in claim.variables}) is Finding.HOLDS


@pytest.mark.parametrize("name", ["elu", "gelu", "swish", "sigmoid", "tanh"])
@pytest.mark.parametrize(("z", "v", "T", "g"), [
    ("0", "0x1.cp+7", "0x1.4p+3", "-0x1.cp+7"), ("-0x1p-8", "0x1p-8", "0x1p-8", "0x1p-8"), ("0x1.cp+7", "0x1.8p+0", "0x1.4p-3", "0x1.8p+2"),
])  # fmt: skip
def test_odd_responses_of_other_activations_hold_where_they_are_evaluated(name: str, z: str, v: str, T: str, g: str) -> None:
    """At z for T and -T, its neighbours, half of it, 0 and the largest upstream H; beside z, and at both ends, for T and H."""
    F = parse_format("F(2,4)")
    claim = claim_of(f"theorem_3_2_{name}")
    bounded = name in ("sigmoid", "tanh")
    named = {"z": z, "v": "0" if bounded else v, "c": "0x1.4p+4", "T": T, "g": g}
    data = {key: Float.parse(F, text).datum for key, text in named.items()}
    referee, N, place, most = Referee(claim), F.largest_ordinal, F.ordinal(data["z"]), F.ordinal(data["T"])
    H = F.ordinal(Float.parse(F, "0x1.4p+3").datum) if bounded else N
    at_z = {(place, y) for y in (most, -most, most - 1, min(most + 1, H), most // 2, 0, H)}
    beside = {(x, y) for x in (max(place - 1, -N), min(place + 1, N), -N, N, -place) if x != place for y in (most, H)}
    for x, y in at_z | beside:
        values = data | {"x": F.from_ordinal(x), "y": F.from_ordinal(y)}
        assert referee.at({w: from_datum(values[w.variable.name]) for w in claim.variables}) is Finding.HOLDS
