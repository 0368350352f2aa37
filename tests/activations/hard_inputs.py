"""Inputs whose values are hard to round: column -> (codes of binary32, codes of binary64).

Found by search. binary32: 3 * 2^22 random floats a column, magnitudes uniform in logarithm from 2^-14 to 2^4, the value in binary64 (PyTorch), the 60
of each third that come closest to a float or half-way point of binary32, of these the 4 closest by balls (typically 2^-24 of half an ulp).
binary64: 12000 random floats a column, from 2^-12 to 2^4, by balls of 240 bits, the 2 closest (typically 2^-14). In both,
inputs that are close because the function approaches a float (x, x/2, 1) were left out beyond 2^-34 and 2^-40.
"""

HARD: dict[str, tuple[list[str], list[str]]] = {
    "elu/value": (
        ["be4841f9", "bab7049b", "c167034f", "bf72ffec"],
        ["bf42b0dd8a658402", "bf758df9b53e9a86"],
    ),
    "elu/derivative": (
        ["bf76fd92", "bee0e6cd", "ba525799", "baed20e1"],
        ["c0215a2fc96fff05", "bff769201058cf7a"],
    ),
    "selu/value": (
        ["bf99e672", "bf51404c", "c14c6b6d", "b899c5cf"],
        ["bf83e5497dc99d41", "bf503247ad1d63e6"],
    ),
    "selu/derivative": (
        ["bc15f8ee", "c13b06d1", "b9950d7e", "bd9e333b"],
        ["bfe1190e41ee0db3", "bfe3c6568cdb3ad7"],
    ),
    "sigmoid/value": (
        ["3e8dffaf", "3fcb1c50", "3bb2a61d", "3ae89804"],
        ["bf5a4f578c46635b", "4002ce442f74668b"],
    ),
    "sigmoid/derivative": (
        ["bd654b1a", "bc3ed4f9", "3e2f2380", "bae6c15e"],
        ["401eb5d990b0c9e5", "3fbc050a9d89b886"],
    ),
    "tanh/value": (
        ["bb0151db", "3a5352c8", "bc4e34b0", "bf4b1c50"],
        ["c0005ccf8c13b932", "c01e5f77e284971c"],
    ),
    "tanh/derivative": (
        ["bce54b1a", "3fdf584a", "3b77df43", "b9ddb3d8"],
        ["bf900892aee04b1f", "bfe4ca2021ed579f"],
    ),
    "softplus/value": (
        ["c090bb16", "3cbe1776", "3aeff204", "bc164976"],
        ["bf35464c10bd3eb5", "4025b3aaf9963e92"],
    ),
    "softplus/derivative": (
        ["bbfa8d50", "40e0346b", "3880c000", "3882c000"],
        ["bf5a4f578c46635b", "4002ce442f74668b"],
    ),
    "gelu/value": (
        ["4109449d", "4108b039", "4108acb2", "4107c424"],
        ["402628e3026d4d8c", "40261db86fc89606"],
    ),
    "gelu/derivative": (
        ["410b736a", "410b6ebf", "410b6d0f", "410b683b"],
        ["4026eda7ac8b3063", "4026ec20ad47d857"],
    ),
    "gelu-tanh/value": (
        ["40ecc563", "40ec58b7", "40eb3673", "40e9cdcc"],
        ["4021c7b97858410e", "4021c02c7ecd17b0"],
    ),
    "gelu-tanh/derivative": (
        ["40ee47e0", "40ee4187", "40ee3e82", "40ee3964"],
        ["40225636377fa1ce", "402255d3d0ebe261"],
    ),
    "swish/value": (
        ["4126277f", "3984742a", "bafa4289", "40c96984"],
        ["bf55339836d8c711", "3ff3d38cc9e85a3d"],
    ),
    "swish/derivative": (
        ["bb0c2507", "3e44c1a3", "3e17aaae", "3f4bc107"],
        ["c0174efbb9d40eeb", "bf62f45b3a7f8fa7"],
    ),
    "mish/value": (
        ["be9e88eb", "bc5934f5", "ba732151", "3b9aa724"],
        ["bfb2e75b68535c13", "3fae41265645a603"],
    ),
    "mish/derivative": (
        ["bc2b26bd", "3c89a560", "40d5aa9f", "40a03549"],
        ["bff3a994164f5a48", "3fa4e78b447b4b85"],
    ),
    "sin/value": (
        ["bd0650ea", "b9e89768", "3b6e7f51", "3f86b3d2"],
        ["3f3d29a245527a43", "3f387e50f8454aaf"],
    ),
    "sin/derivative": (
        ["bf8626a5", "bc47c2d7", "397fffff", "bf22061d"],
        ["3f33f55838da754b", "3fd56943c7ae0037"],
    ),
}
