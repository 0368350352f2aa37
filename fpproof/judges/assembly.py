"""Lemmas concluded from other lemmas by a rule of inference.

A lemma of many variables is not decided by looking at its inputs, but from lemmas of few variables that it `uses`. A *rule* says which lemma follows
from which others, and why; the reasons stand in docs/representation.md, section "Rules". What a rule may conclude is pinned: it names the
statements of its conclusion and of its premises by their hashes, so that it concludes nothing once one of them says something else. The judge
looks at statements alone; whether the premises are proved in a format is looked up in the ledger, and a conclusion whose premises are
not is `conditional`.
"""

from dataclasses import dataclass, field

from fpproof.judges.sampling import SamplingJudge
from fpproof.judges.verdict import Budget, Estimate, Outcome, Progress, Verdict, silent
from fpproof.theory import Claim, Lemma

MONOTONE = "monotone rule"
NEAREST = "nearest rule"
LAYERS = "layer rule"
ORDER = "order rule"

NAME = "assembly"
HASH_LENGTH = 16
"""Hexadecimal digits of a pinned statement."""
CONTROL = 300
"""Inputs at which a conclusion is evaluated."""

_RAMP = (
    "the_ramp",
    "the_ramp_at_its_ends",
    "the_sign_layer_at_the_neighbours",
    "the_sign_layer_compares",
    "the_stages_at_their_corners",
    "the_weights_are_floats",
    "the_signals_have_two_values",
    "the_head_is_the_identity_at_the_point",
    "gates_shut_what_is_largest",
    "quiet_gates_open",
    "a_pair_vanishes_in_an_empty_sum",
    "a_mask_lets_nothing_pass",
    "zero_adjoints_stay_zero",
    "zeros_keep_a_value",
)
"""What a point's network of ELU, GELU or Swish rests on; that of the last two also on how they make small values."""
_RAMP_THEOREM = ("two_weights_reach_a_power", "the_last_weight_reaches_the_gradient", "a_pair_vanishes_in_an_empty_sum", "zeros_keep_a_value")
_RESPONSE = ("the_indicator_is_exact", "the_stages_have_weights", "omega_reaches_a_height", "the_last_weight_reaches_the_gradient")
"""What stands between its heads and its top, for Theorem 3.2."""
_LEVELS = (
    "the_levels",
    "the_levels_at_their_ends",
    "the_constants_are_floats",
    "the_first_layers_at_the_neighbours",
    "the_signals_compare",
    "gates_close_at_their_corners",
    "the_values_are_chosen",
    "the_upstream_reaches_a_power",
    "the_heads_give_the_gradient",
)
"""What a point's network of sigmoids or hyperbolic tangents rests on."""
_STRICT = (
    "the_levels",
    "the_levels_at_their_ends",
    "the_constants_are_floats",
    "the_signals_compare_strictly",
    "gates_close_at_their_corners",
    "the_values_are_chosen",
    "the_upstream_reaches_a_power",
    "sixteen_heads_give_the_gradient",
)
_NEUTRAL = ("a_pair_vanishes_in_an_empty_sum", "a_mask_lets_nothing_pass", "zero_adjoints_stay_zero", "zeros_keep_a_value")
_ANSWER = (
    "the_levels",
    "the_levels_at_their_ends",
    "the_constants_are_floats",
    "the_first_layers_at_the_neighbours",
    "the_signals_compare",
    "the_values_are_chosen",
    "the_heads_give_the_gradient",
    "terms_take_every_step",
    "soft_gates_close_at_their_corners",
    "the_top_passes_every_upstream",
    "omega_reaches_the_heads",
    "the_paths_have_weights",
)
"""What such a network rests on for Theorem 3.2."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One inference: `conclusion` follows from `premises`, by names of lemmas; `says` is what it comes to, where that is more than the lemma."""

    name: str
    conclusion: str
    premises: tuple[str, ...]
    says: str = ""


RULES = (
    Rule(MONOTONE, "layer_1_has_three_classes", ("layer_1_at_the_neighbours",)),
    Rule(MONOTONE, "layer_2_steps_down", ("layer_2_at_its_corners",)),
    Rule(MONOTONE, "every_gate_masks", ("the_gate_of_one_masks",)),
    Rule(LAYERS, "the_head_passes_the_adjoint", ("layer_2_at_its_corners", "layer_3_maps_the_classes", "the_head_at_either_ratio")),
    Rule(
        LAYERS,
        "the_gate_closes_at_the_point_only",
        ("layer_1_has_three_classes", "gaps_are_powers_of_two", "layer_2_steps_down", "layer_3_maps_the_classes"),
    ),
    Rule(LAYERS, "masks_meet_at_the_point_only", ("layer_1_has_three_classes", "gaps_are_powers_of_two", "layer_2_steps_down")),
    Rule(LAYERS, "the_gradient_is_carried_to_x", ("layer_1_has_three_classes", "gaps_are_powers_of_two", "the_head_passes_the_adjoint")),
    Rule(LAYERS, "the_path_multiplies", ("the_path_is_constant",)),
    Rule(NEAREST, "two_multiplications_reach_one", ("a_near_factor_reaches_a_power", "the_second_factor_closes", "shifts_are_small")),
    Rule(LAYERS, "three_multiplications_reach_everything", ("two_multiplications_reach_one", "one_times_a_float")),
    Rule(
        LAYERS,
        "one_point",
        (
            "the_gate_closes_at_the_point_only",
            "masks_meet_at_the_point_only",
            "the_gradient_is_carried_to_x",
            "the_selector_takes_two_values",
            "the_size_is_kept",
            "every_gate_masks",
            "the_value_is_masked",
            "the_path_is_constant",
            "the_path_multiplies",
            "the_adjoints_of_the_gate_are_finite",
            "a_mask_lets_nothing_pass",
            "zero_adjoints_stay_zero",
            "zeros_keep_a_value",
        ),
    ),
    Rule(
        ORDER,
        "theorem_3_1",
        ("one_point", "three_multiplications_reach_everything", "a_pair_vanishes_in_an_empty_sum", "zeros_keep_a_value"),
        "for all f*, g*, h* on all finite floats, g* = 0 where h* = 0: a ReLU network of 7 layers with these values and gradients",
    ),
    Rule(MONOTONE, "no_first_layer_tells_omega_from_zero", ("the_heaviest_weights_do_not_tell_omega_from_zero",)),
    Rule(MONOTONE, "the_sign_layer_compares", ("the_ramp", "the_ramp_at_its_ends", "the_sign_layer_at_the_neighbours")),
    Rule(
        MONOTONE,
        "the_signals_have_two_values",
        ("the_ramp", "the_ramp_at_its_ends", "the_sign_layer_compares", "the_stages_at_their_corners"),
    ),
    *(
        rule
        for name, more in (("elu", ()), ("gelu", ("values_are_sums",)), ("swish", ("values_are_sums",)))
        for rule in (
            Rule(LAYERS, f"one_point_{name}", (*_RAMP, *more)),
            Rule(
                ORDER,
                f"theorem_3_1_{name}",
                (f"one_point_{name}", *_RAMP_THEOREM),
                f"for all f*, g*, h* on all finite floats, g* = 0 where h* = 0: a network of {name} of 9 layers with these values and gradients, "
                "pre-activations infinite at some x",
            ),
        )
    ),
    Rule(MONOTONE, "the_signals_compare", ("the_levels", "the_levels_at_their_ends", "the_first_layers_at_the_neighbours")),
    *(
        rule
        for name, more in (("sigmoid", ", pre-activations infinite at some x"), ("tanh", ""))
        for rule in (
            Rule(LAYERS, f"one_point_{name}", (*_LEVELS, *_NEUTRAL)),
            Rule(
                ORDER,
                f"theorem_3_1_{name}",
                (f"one_point_{name}", "terms_take_every_step", "a_pair_vanishes_in_an_empty_sum", "zeros_keep_a_value"),
                "for all f*, g*, h* on all finite floats, |h*| <= 2^(p+2) - 6, g* = 0 where h* = 0: "
                f"a network of {name} of 5 layers with these values and gradients{more}",
            ),
        )
    ),
    Rule(LAYERS, "pre_activations_of_tanh_are_finite", _LEVELS),
    Rule(
        ORDER,
        "theorem_3_1_tanh_strict",
        ("theorem_3_1_tanh", "pre_activations_of_tanh_are_finite"),
        "for all f*, g*, h* on all finite floats, |h*| <= 2^(p+2) - 6, g* = 0 where h* = 0: "
        "a network of tanh of 5 layers with these values and gradients, all pre-activations finite",
    ),
    Rule(MONOTONE, "the_signals_compare_strictly", ("the_levels", "the_levels_at_their_ends")),
    Rule(LAYERS, "one_point_strict", (*_STRICT, *_NEUTRAL)),
    Rule(LAYERS, "pre_activations_of_sigmoid_are_finite", _STRICT),
    Rule(
        ORDER,
        "theorem_3_1_sigmoid_strict",
        (
            "one_point_strict",
            "pre_activations_of_sigmoid_are_finite",
            "some_neuron_compares_above",
            "some_neuron_compares_below",
            "terms_take_every_step",
            "a_pair_vanishes_in_an_empty_sum",
            "zeros_keep_a_value",
        ),
        "for all f*, g*, h* on the floats |x| <= M, |h*| <= 2^(p+2) - 6, g* = 0 where h* = 0: "
        "a network of sigmoid of 6 layers with these values and gradients, all pre-activations finite for |x| <= M",
    ),
    Rule(MONOTONE, "the_step_takes_two_values", ("the_step_at_its_corners",)),
    Rule(MONOTONE, "the_head_is_bounded", ("the_head_without_its_path",)),
    Rule(MONOTONE, "the_gate_masks_the_path", ("half_of_the_gate_is_masked", "the_head_without_its_path")),
    Rule(MONOTONE, "the_gate_masks_companion_and_value", ("the_least_gate_masks",)),
    Rule(
        LAYERS,
        "one_point_in_five_layers",
        (
            "layer_1_has_three_classes",
            "gaps_are_powers_of_two",
            "the_step_takes_two_values",
            "the_selector_combines",
            "the_head_is_bounded",
            "the_gate_masks_the_path",
            "the_gate_masks_companion_and_value",
            "a_pair_leaves_the_bias",
            "the_adjoints_of_the_gate_are_finite",
            "a_mask_lets_nothing_pass",
            "zero_adjoints_stay_zero",
            "zeros_keep_a_value",
        ),
    ),
    Rule(
        ORDER,
        "theorem_3_1_in_five_layers",
        (
            "one_point_in_five_layers",
            "two_factors_reach_two_powers",
            "the_third_factor_fits",
            "a_pair_vanishes_in_an_empty_sum",
            "zeros_keep_a_value",
        ),
        "for all f*, g*, h* on all finite floats, g* = 0 where h* = 0: a ReLU network of 5 layers with these values and gradients",
    ),
    Rule(MONOTONE, "at_least_has_its_values", ("at_least_is_off_below", "at_least_is_on_within_the_binade")),
    Rule(MONOTONE, "at_most_has_its_values", ("at_most_is_off_beyond", "at_most_is_on_within_the_binade")),
    Rule(LAYERS, "exactly_has_its_values", ("at_least_has_its_values",)),
    Rule(LAYERS, "the_indicator_is_repaired", ("layer_1_has_three_classes", "gaps_are_powers_of_two", "the_indicator_at_its_corners")),
    Rule(LAYERS, "the_indicator_is_exact", ("scaling_keeps_a_binade", "the_low_pass_keeps_small_numbers", "the_last_stages_choose")),
    Rule(
        ORDER,
        "theorem_3_2",
        (
            "the_indicator_is_exact",
            "omega_becomes_one",
            "the_gate_closes_at_the_point_only",
            "masks_meet_at_the_point_only",
            "the_gradient_is_carried_to_x",
            "the_selector_takes_two_values",
            "the_size_is_kept",
            "every_gate_masks",
            "the_value_is_masked",
            "the_path_is_constant",
            "the_path_multiplies",
            "the_adjoints_of_the_gate_are_finite",
            "a_mask_lets_nothing_pass",
            "zero_adjoints_stay_zero",
            "zeros_keep_a_value",
            "a_pair_vanishes_in_an_empty_sum",
        ),
        "for all f* and all g* odd in the upstream, on all finite floats: one ReLU network of 17 layers with these values and gradients",
    ),
    *(
        Rule(
            ORDER,
            f"theorem_3_2_{name}",
            (*_RAMP, *more, *_RESPONSE),
            f"for all f* and all g* odd in the upstream, on all finite floats: one network of {name} of 19 layers with these values and gradients, "
            "pre-activations infinite at some x",
        )
        for name, more in (("elu", ()), ("gelu", ("values_are_sums",)), ("swish", ("values_are_sums",)))
    ),
    Rule(LAYERS, "the_indicator_of_quarters_is_exact", ("quarters_keep_a_class", "quarters_keep_small_numbers", "quarters_choose")),
    *(
        Rule(
            ORDER,
            f"theorem_3_2_{name}",
            (indicator, *_ANSWER, *_NEUTRAL),
            f"for all f* and all g* odd in the upstream, on all finite floats, upstreams up to 2^(p+2) - 6: one network of {name} of 15 layers "
            "with these values and gradients; pre-activations may be infinite",
        )
        for name, indicator in (("sigmoid", "the_indicator_of_quarters_is_exact"), ("tanh", "the_indicator_is_exact"))
    ),
)

STATEMENTS: dict[str, str] = {
    "a_mask_lets_nothing_pass": "d3fa89a8b45ed090",
    "a_near_factor_reaches_a_power": "d3ec137d1ea81a54",
    "a_pair_leaves_the_bias": "a26151d23b938825",
    "a_pair_vanishes_in_an_empty_sum": "dd01a6c1aca52b7b",
    "at_least_has_its_values": "492e1de7dd5d9274",
    "at_least_is_off_below": "24d283a3259743fc",
    "at_least_is_on_within_the_binade": "b498d6b37faabb43",
    "at_most_has_its_values": "80c9a90267ba17fd",
    "at_most_is_off_beyond": "1e4fa22c01ed4db5",
    "at_most_is_on_within_the_binade": "94bf2aa0b127c15b",
    "every_gate_masks": "e6b3162a16d9b84c",
    "exactly_has_its_values": "f2516cef7e306723",
    "gaps_are_powers_of_two": "e768bf68d560d7c3",
    "gates_close_at_their_corners": "33a0fbf6b5446ff3",
    "gates_shut_what_is_largest": "52be1ac7fb83ba28",
    "half_of_the_gate_is_masked": "c65f8f96c99c967f",
    "layer_1_at_the_neighbours": "94dea012e6404bca",
    "layer_1_has_three_classes": "30954b6bf1706508",
    "layer_2_at_its_corners": "8530c43c7957028b",
    "layer_2_steps_down": "ea021cf038941344",
    "layer_3_maps_the_classes": "cbc0a286ccba038e",
    "masks_meet_at_the_point_only": "e773bab396616523",
    "no_first_layer_tells_omega_from_zero": "339ab9269ed305f5",
    "omega_becomes_one": "0371bf8977a75735",
    "omega_reaches_a_height": "893c3156937f795f",
    "omega_reaches_the_heads": "69e8769b2a71b5ce",
    "one_point": "5683f2bc717a403a",
    "one_point_elu": "c8ba790470f6b9d6",
    "one_point_gelu": "5f45e5d3ba8bcaf4",
    "one_point_sigmoid": "9f7a3a8fdfffa466",
    "one_point_strict": "162911e3064f9362",
    "one_point_swish": "2e557b062c4a7405",
    "one_point_in_five_layers": "af3f17bfc1ea7fcd",
    "one_point_tanh": "f1955403050d5473",
    "one_times_a_float": "1e70725c1d429bf0",
    "pre_activations_of_sigmoid_are_finite": "e84937acf2726a60",
    "pre_activations_of_tanh_are_finite": "9519175051365818",
    "quarters_choose": "86b4877ce4b35606",
    "quarters_keep_a_class": "7478e94e82406017",
    "quarters_keep_small_numbers": "3443f201e6755fd4",
    "quiet_gates_open": "d2abd066dbeff298",
    "scaling_keeps_a_binade": "ee284a103d374c9f",
    "shifts_are_small": "4c3be7d01125afd3",
    "sixteen_heads_give_the_gradient": "59a63b6da664642c",
    "some_neuron_compares_above": "62235ad4aaa5defb",
    "some_neuron_compares_below": "0ff53bdc35aa9f31",
    "soft_gates_close_at_their_corners": "b6563c09436b3a9c",
    "terms_take_every_step": "bb753d8f513714b7",
    "the_adjoints_of_the_gate_are_finite": "8b7338507d20c85e",
    "the_constants_are_floats": "72a7106c6b5a9d4e",
    "the_first_layers_at_the_neighbours": "a9a0643de7fa4af8",
    "the_gate_closes_at_the_point_only": "b61a4bb12681af15",
    "the_gate_masks_companion_and_value": "f3209f14e676ee37",
    "the_gate_masks_the_path": "49e91e21e9c119cf",
    "the_gate_of_one_masks": "69b481fefbc17fe5",
    "the_gradient_is_carried_to_x": "95cee266f04ac1c6",
    "the_head_at_either_ratio": "a42444d1faa37424",
    "the_head_is_the_identity_at_the_point": "53a6bcedd7a852d5",
    "the_head_passes_the_adjoint": "71316d829b2b1c4c",
    "the_heads_give_the_gradient": "3fad928583b793c8",
    "the_heaviest_weights_do_not_tell_omega_from_zero": "c306e1ad83227680",
    "the_head_is_bounded": "71ee3b6dc8be85c2",
    "the_head_without_its_path": "daf820f63d590f56",
    "the_indicator_at_its_corners": "075d987a36bafaf6",
    "the_indicator_is_exact": "50265d9a68e3402b",
    "the_indicator_is_repaired": "3384b85f155a552e",
    "the_indicator_of_quarters_is_exact": "5daedee04cbbd172",
    "the_last_stages_choose": "1162cd0654064de3",
    "the_last_weight_reaches_the_gradient": "f2f1d1a689c916dc",
    "the_levels": "b16e21a621836e63",
    "the_levels_at_their_ends": "b331357f29bc472f",
    "the_low_pass_keeps_small_numbers": "f5c2a76c42bf99e7",
    "the_path_is_constant": "052d7fe4f1c456a6",
    "the_path_multiplies": "318d96ff94808d98",
    "the_paths_have_weights": "4cf00ae591e700b5",
    "the_ramp": "fbe0e591a2a51171",
    "the_ramp_at_its_ends": "8f7ff3dca99a7816",
    "the_second_factor_closes": "9d761c2b220082ae",
    "the_least_gate_masks": "c0010c84b77074e0",
    "the_selector_combines": "72d63697184670cc",
    "the_selector_takes_two_values": "55e25b1ec87d211f",
    "the_sign_layer_at_the_neighbours": "6553070b81006221",
    "the_sign_layer_compares": "08dd2f2e110a6ed8",
    "the_signals_compare": "43cbb623d3ce0ffe",
    "the_signals_compare_strictly": "de841d9305d19457",
    "the_signals_have_two_values": "3aa0f1890ec6cbd8",
    "the_size_is_kept": "e0091fa85852b465",
    "the_stages_at_their_corners": "4e3ae9c29b1f9c98",
    "the_stages_have_weights": "843e4757bbf4784d",
    "the_step_at_its_corners": "46e7685df0cf021a",
    "the_step_takes_two_values": "08121b5b518333db",
    "the_third_factor_fits": "9e0db9c12c3102f6",
    "the_top_passes_every_upstream": "93262713634ec921",
    "the_upstream_reaches_a_power": "d3e723c799b9856a",
    "the_value_is_masked": "c7e99c25cd72abe0",
    "the_values_are_chosen": "d67413495ec886f5",
    "the_weights_are_floats": "11fc2863a9a64776",
    "theorem_3_1": "a6805bdad984d363",
    "theorem_3_1_elu": "926e0b9ea9445720",
    "theorem_3_1_gelu": "87d536b1d71af7c8",
    "theorem_3_1_sigmoid": "f8390a5839c0f935",
    "theorem_3_1_sigmoid_strict": "cf8f2b08d1c7ddbe",
    "theorem_3_1_swish": "9a1fe1dc0792cf2d",
    "theorem_3_1_in_five_layers": "153b46f4e7c9eedd",
    "theorem_3_1_tanh": "5cfa2bb16182da58",
    "theorem_3_1_tanh_strict": "a0d656ed9f7e0630",
    "theorem_3_2": "03d4ba9724eb048d",
    "theorem_3_2_elu": "35e94dd8dd510651",
    "theorem_3_2_gelu": "94a72e39d1b590a3",
    "theorem_3_2_sigmoid": "d5d10ecfbd1e775c",
    "theorem_3_2_swish": "868e71447ac795d9",
    "theorem_3_2_tanh": "a069b47a14030a00",
    "three_multiplications_reach_everything": "b4dd72496dc17915",
    "two_factors_reach_two_powers": "897ddbc8e3b16da4",
    "two_multiplications_reach_one": "bba56ed379da265b",
    "two_weights_reach_a_power": "523f9056d153f296",
    "values_are_sums": "ca19201bc4dc92c0",
    "zero_adjoints_stay_zero": "5e19458b8720e37b",
    "zeros_keep_a_value": "06d777f006c1bd51",
}
"""What each lemma said when its rules were written, as the first digits of its fingerprint."""


def pin(lemma: Lemma) -> str:
    """The digits that stand for what a lemma says."""
    return lemma.fingerprint.rpartition(";")[2][:HASH_LENGTH]


@dataclass(frozen=True)
class AssemblyJudge:
    """Concludes lemmas by the rules; spends nothing but the control."""

    name: str = NAME
    version: int = 2
    rules: tuple[Rule, ...] = field(default=RULES, compare=False)
    statements: dict[str, str] = field(default_factory=lambda: STATEMENTS, compare=False)

    def estimate(self, claim: Claim, budget: Budget) -> Estimate:
        found = self._rule(claim.lemma)
        return Estimate(cannot=found) if isinstance(found, str) else Estimate(0)

    def decide(self, claim: Claim, budget: Budget, progress: Progress = silent) -> Verdict:
        rule = self._rule(claim.lemma)
        if isinstance(rule, str):
            return Verdict(Outcome.OPEN, self.name, claim.scope, reason=rule)
        control = SamplingJudge(CONTROL, self.name).decide(claim, Budget(CONTROL, seed=budget.seed))
        if control.outcome is Outcome.REFUTED:
            return control
        evidence: dict[str, str | int | bool | None] = {"rule": rule.name, "premises": ", ".join(rule.premises), "control": control.met}
        if rule.says:
            evidence["theorem"] = rule.says
        return Verdict(Outcome.PROVED, self.name, claim.scope, evidence=evidence)

    def concludes(self, lemma: Lemma) -> bool:
        """Whether a rule concludes the lemma as it is written, with what it `uses`; a verdict remembered for its statement does not say so."""
        return isinstance(self._rule(lemma), Rule)

    def _rule(self, lemma: Lemma) -> Rule | str:
        """The rule that concludes a lemma, or why there is none."""
        rule = next((rule for rule in self.rules if rule.conclusion == lemma.name), None)
        if rule is None or lemma.expect == Outcome.REFUTED:
            return "no rule concludes this lemma"
        if not self._is_pinned(lemma):
            return f"the {rule.name} was written for another statement of {lemma.name}"
        used = {str(use): use.lemma for use in lemma.uses}  # in the same formats: others show in the text
        for premise in rule.premises:
            if premise not in used:
                return f"the {rule.name} needs uses({premise})"
            if not self._is_pinned(used[premise]):
                return f"the {rule.name} was written for another statement of {premise}"
        return rule

    def _is_pinned(self, lemma: Lemma) -> bool:
        return self.statements.get(lemma.name) == pin(lemma)
