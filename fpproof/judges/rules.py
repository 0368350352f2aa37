"""The rules of the judge `assembly` as data: what follows from what, and what each lemma said when its rules were written.

The reasons stand in docs/representation.md, section "Rules".
"""

from dataclasses import dataclass

MONOTONE = "monotone rule"
NEAREST = "nearest rule"
LAYERS = "layer rule"
ORDER = "order rule"

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
_FINITE_RAMP = (
    "the_ramp",
    "the_ramp_at_its_ends",
    "the_sign_layer_at_the_neighbours",
    "the_sign_layer_compares",
    "the_sign_layer_stays_finite",
    "the_ramp_dips",
    "the_pressing_stages_at_their_corners",
    "the_carriers_and_gates_have_two_levels",
    "the_pressed_signals_have_two_values",
    "the_quartered_head_is_the_identity_at_the_point",
    "one_copy_shuts_half_of_the_range",
    "two_quiet_gates_open",
    "a_value_has_two_halves",
    "two_formulas_reach_a_power",
    "heads_of_a_quarter_give_the_gradient",
)
"""The same, where nothing is infinite."""
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
    Rule(
        MONOTONE,
        "the_pressed_signals_have_two_values",
        (
            "the_ramp",
            "the_ramp_at_its_ends",
            "the_sign_layer_at_the_neighbours",
            "the_sign_layer_compares",
            "the_sign_layer_stays_finite",
            "the_ramp_dips",
            "the_pressing_stages_at_their_corners",
        ),
    ),
    *(
        rule
        for name, more in (("elu", ()), ("gelu", ("values_are_sums",)), ("swish", ("values_are_sums",)))
        for rule in (
            Rule(LAYERS, f"one_point_{name}_strict", (*_FINITE_RAMP, *more, *_NEUTRAL)),
            Rule(LAYERS, f"pre_activations_of_{name}_are_finite", (*_FINITE_RAMP, *more)),
            Rule(
                ORDER,
                f"theorem_3_1_{name}_strict",
                (
                    f"one_point_{name}_strict",
                    f"pre_activations_of_{name}_are_finite",
                    "a_pair_vanishes_in_an_empty_sum",
                    "zeros_keep_a_value",
                ),
                f"for all f*, g*, h* on all finite floats, g* = 0 where h* = 0: a network of {name} of 12 layers with these values and gradients, "
                "all pre-activations finite",
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
        NEAREST,
        "two_factors_reach_two_powers",
        ("a_near_factor_reaches_a_power", "shifts_are_small", "second_factors_close", "gates_of_near_factors_are_finite"),
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
    Rule(
        LAYERS,
        "at_least_is_on_within_the_binade",
        ("the_distance_to_the_top_is_exact", "the_constants_count_from_the_top", "numbers_of_steps_are_exact"),
    ),
    Rule(
        LAYERS,
        "at_most_is_on_within_the_binade",
        ("the_distance_to_the_bottom_is_exact", "the_constants_count_from_the_bottom", "numbers_of_steps_are_exact"),
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
    "a_mask_lets_nothing_pass": "892c67cd569ca5bb",
    "a_near_factor_reaches_a_power": "a4ac5dcea82590c3",
    "a_pair_leaves_the_bias": "d82214bbc3638466",
    "a_pair_vanishes_in_an_empty_sum": "aa9b8666cf2d6a1d",
    "at_least_has_its_values": "28c266617b738a18",
    "at_least_is_off_below": "8255cbdaabf3f801",
    "at_least_is_on_within_the_binade": "54a0a5000015ab79",
    "at_most_has_its_values": "ff09e18c562a3eaf",
    "at_most_is_off_beyond": "ec64e005833b470e",
    "at_most_is_on_within_the_binade": "e2689956fc52c731",
    "every_gate_masks": "36a79521a85a7f76",
    "exactly_has_its_values": "dda5fe0f22a84d3c",
    "gaps_are_powers_of_two": "2a2276b6c0a84f5f",
    "gates_close_at_their_corners": "9ead442e443aab11",
    "gates_of_near_factors_are_finite": "ba0b0d6aad0ca83b",
    "gates_shut_what_is_largest": "6abdf10966e76722",
    "half_of_the_gate_is_masked": "966378c8da1fd91b",
    "layer_1_at_the_neighbours": "430b56644a7f888c",
    "layer_1_has_three_classes": "c5bcb8b32c7301c2",
    "layer_2_at_its_corners": "5f99d528993eb16d",
    "layer_2_steps_down": "e2cc5d3d650a0f54",
    "layer_3_maps_the_classes": "c33e3e69e425f68a",
    "masks_meet_at_the_point_only": "edf34dc9ef77d905",
    "no_first_layer_tells_omega_from_zero": "0b86812e99b3895f",
    "numbers_of_steps_are_exact": "2eea4060a5de89a2",
    "omega_becomes_one": "5b35ee46c3c7932d",
    "one_point": "35b5282b74e65f26",
    "one_point_elu": "d2e4b7f809fe2a0a",
    "one_point_gelu": "4fab4940e3130ba9",
    "one_point_sigmoid": "163f9a5a78806cbe",
    "one_point_swish": "c760f32964edf667",
    "one_point_in_five_layers": "7e499dfa69562955",
    "one_point_tanh": "910e06cbe8d7e199",
    "one_times_a_float": "14877e564760c5cb",
    "pre_activations_of_tanh_are_finite": "7efbc45275c7fca4",
    "quiet_gates_open": "2bd0aa55ba9e5a51",
    "scaling_keeps_a_binade": "529ee97f8390bc09",
    "second_factors_close": "2338964b463580da",
    "shifts_are_small": "db5f038dd750a05d",
    "terms_take_every_step": "03dc873e731624e4",
    "the_adjoints_of_the_gate_are_finite": "d121816abbb1ea2b",
    "the_constants_are_floats": "6f764dcdaaba219b",
    "the_first_layers_at_the_neighbours": "64099e623d2fa82f",
    "the_constants_count_from_the_bottom": "59e9cd7557620619",
    "the_constants_count_from_the_top": "203276ff833f9f44",
    "the_distance_to_the_bottom_is_exact": "4efa61fa7dad001a",
    "the_distance_to_the_top_is_exact": "e03a2026c6f0c397",
    "the_gate_closes_at_the_point_only": "dc23831ce95167d1",
    "the_gate_masks_companion_and_value": "3c75a8a6a211e88b",
    "the_gate_masks_the_path": "bc48c7636a1bf402",
    "the_gate_of_one_masks": "a6b9557ea183e19e",
    "the_gradient_is_carried_to_x": "99eff5331bb3e717",
    "the_head_at_either_ratio": "cc084129dec907e5",
    "the_head_is_the_identity_at_the_point": "deedbc008cf4e730",
    "the_head_passes_the_adjoint": "df48e73f7fbe6b58",
    "the_heads_give_the_gradient": "63ab3a0f1a08e9c9",
    "the_heaviest_weights_do_not_tell_omega_from_zero": "6868a7e44efb61aa",
    "the_head_is_bounded": "313a4547ff4ad8ea",
    "the_head_without_its_path": "14bcf4745bab0d6b",
    "the_indicator_at_its_corners": "a426ce66f15e02e7",
    "the_indicator_is_exact": "fe3a5094ab0cb9c6",
    "the_indicator_is_repaired": "f54662aa2d8297aa",
    "the_last_stages_choose": "c9800cc73e3342b2",
    "the_last_weight_reaches_the_gradient": "39c878678d5d8c75",
    "the_levels": "7ce5552ca111e736",
    "the_levels_at_their_ends": "e156174f7f2260ec",
    "the_low_pass_keeps_small_numbers": "a9c1ca0b52be4a4a",
    "the_path_is_constant": "9883a4b24a5e8629",
    "the_path_multiplies": "e5fa2caab34cf307",
    "the_ramp": "d8dfe4f6cba6c14a",
    "the_ramp_at_its_ends": "8525cb3a1d8fe5f5",
    "the_second_factor_closes": "ba9a46eaf33f86c9",
    "the_least_gate_masks": "ba73a75967df11f5",
    "the_selector_combines": "a0328158de6bebb1",
    "the_selector_takes_two_values": "675ca228796eec66",
    "the_sign_layer_at_the_neighbours": "d57a762d780cfa4e",
    "the_sign_layer_compares": "d5195f38c0143359",
    "the_signals_compare": "f6dc19975ad9b849",
    "the_signals_have_two_values": "63da7f1f51a52521",
    "the_size_is_kept": "a994eedb1eb1b475",
    "the_stages_at_their_corners": "baae6a5576a27a63",
    "the_step_at_its_corners": "769721c3461e05f2",
    "the_step_takes_two_values": "c93b60d20c334f27",
    "the_third_factor_fits": "5f31d8d22cacc965",
    "the_upstream_reaches_a_power": "f96d08162836c3a2",
    "the_value_is_masked": "68fbf10060a3f017",
    "the_values_are_chosen": "070dedb2d00f5f25",
    "the_weights_are_floats": "b07da35028a29a10",
    "theorem_3_1": "c2d0ac5fb417b47d",
    "theorem_3_1_elu": "17ee759f43951f3c",
    "theorem_3_1_gelu": "29dd673d783ef864",
    "theorem_3_1_sigmoid": "aa772acc6c9068f6",
    "theorem_3_1_swish": "f92c449b6f86de5c",
    "theorem_3_1_in_five_layers": "0f2bea72ec864b8f",
    "theorem_3_1_tanh": "775f7bc5844052bc",
    "theorem_3_1_tanh_strict": "ce092e55ce329491",
    "theorem_3_2": "5f7351c4bda00e1a",
    "three_multiplications_reach_everything": "436164eb439e7ca0",
    "two_factors_reach_two_powers": "3af5c915dc3aad7c",
    "two_multiplications_reach_one": "1b6b11c82e7db78c",
    "two_weights_reach_a_power": "e4179ab2868cfe45",
    "values_are_sums": "29a1b4f2ad1c6585",
    "zero_adjoints_stay_zero": "41d555cdd69c032f",
    "zeros_keep_a_value": "207d9aaf9b54bc64",
    "omega_reaches_a_height": "551b351f8ea9fb67",
    "the_stages_have_weights": "b1e925beeff81c14",
    "theorem_3_2_elu": "cc19459488f14f1d",
    "theorem_3_2_gelu": "fca9668a19bf886d",
    "theorem_3_2_swish": "d510a8d63347d0a6",
    "omega_reaches_the_heads": "521872ebe66bc667",
    "quarters_choose": "2c1176f7914e0581",
    "quarters_keep_a_class": "8413d11a808ba443",
    "quarters_keep_small_numbers": "cc1edf4f38543f23",
    "soft_gates_close_at_their_corners": "542cbe3483263702",
    "the_indicator_of_quarters_is_exact": "d4f75dcafc839abb",
    "the_paths_have_weights": "8f4569906da02126",
    "the_top_passes_every_upstream": "f457f69354180020",
    "theorem_3_2_sigmoid": "3da52881c4899801",
    "theorem_3_2_tanh": "0d83b20aa1f3856a",
    "one_point_strict": "ed910d837a58e355",
    "pre_activations_of_sigmoid_are_finite": "5300978fee528202",
    "sixteen_heads_give_the_gradient": "de7008917411fa6f",
    "some_neuron_compares_above": "0b534a10df1a6d2f",
    "some_neuron_compares_below": "7fda9329dd31fe38",
    "the_signals_compare_strictly": "097353fabc3fcaa5",
    "theorem_3_1_sigmoid_strict": "99bc39ffc2ef7a32",
    "a_value_has_two_halves": "308adf5fb924aa9e",
    "heads_of_a_quarter_give_the_gradient": "a65663688d0aa851",
    "one_copy_shuts_half_of_the_range": "4facc591ff086c50",
    "one_point_elu_strict": "6cdd51dcf5afae34",
    "one_point_gelu_strict": "849c4c4c0b69b1a6",
    "one_point_swish_strict": "519c0a0e75db432d",
    "pre_activations_of_elu_are_finite": "3836ed2172083638",
    "pre_activations_of_gelu_are_finite": "114d8b24ab4cdfab",
    "pre_activations_of_swish_are_finite": "3d8cedeb1aa4d88b",
    "the_carriers_and_gates_have_two_levels": "788a117624b2e60e",
    "the_pressed_signals_have_two_values": "8c2aed455c11e875",
    "the_pressing_stages_at_their_corners": "4b9deff2bdf9b2f8",
    "the_quartered_head_is_the_identity_at_the_point": "54dde42acb56cbab",
    "the_ramp_dips": "c161085839e4975b",
    "the_sign_layer_stays_finite": "babd223d054ebf86",
    "theorem_3_1_elu_strict": "9de8c68068c18b53",
    "theorem_3_1_gelu_strict": "aee58084f6bd6aa7",
    "theorem_3_1_swish_strict": "fd5384676bf734e1",
    "two_formulas_reach_a_power": "773d2b7c60ac333b",
    "two_quiet_gates_open": "252a4d7854b1409e",
}
"""What each lemma said when its rules were written, as `pin` has it."""
