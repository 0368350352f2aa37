"""What of Python's syntax is no part of the language, in words for messages."""

import ast

EXPRESSIONS: dict[type[ast.AST], str] = {
    ast.Lambda: "a lambda stands in exists(...) only",
    ast.SetComp: "a set comprehension",
    ast.DictComp: "a dict comprehension",
    ast.GeneratorExp: "a generator stands in all(...), any(...) and sum(...) only",
    ast.Dict: "a dict",
    ast.Set: "a set",
    ast.JoinedStr: "a formatted text",
    ast.NamedExpr: "an assignment in an expression: give the name in a line of its own",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
    ast.Starred: "a star argument",
    ast.Slice: "a slice: write the components out",
}
SIGNS: dict[type[ast.operator], str] = {
    ast.MatMult: "@",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
}

_STATEMENTS: dict[type[ast.stmt], str] = {
    ast.ClassDef: "a class",
    ast.For: "a loop",
    ast.While: "a loop",
    ast.If: "an if statement: write x if condition else y, or all(...)",
    ast.With: "with",
    ast.AsyncWith: "with",
    ast.AsyncFor: "a loop",
    ast.Try: "try",
    ast.TryStar: "try",
    ast.Match: "match: write x if condition else y",
    ast.Raise: "raise",
    ast.Assert: "assert: write assume(...) or show(...)",
    ast.Global: "global state",
    ast.Nonlocal: "global state",
    ast.Delete: "del",
    ast.AugAssign: "an assignment that changes a name: names are given once",
    ast.AnnAssign: "an assignment with a type: the types of names are known",
    ast.Import: "an import in a function",
    ast.ImportFrom: "an import in a function",
    ast.FunctionDef: "a function in a function",
    ast.AsyncFunctionDef: "an async function",
    ast.Return: "a return here",
    ast.Pass: "pass",
    ast.Expr: "an expression whose value is not used",
    ast.Assign: "an assignment to several targets",
}


def statement_name(node: ast.stmt) -> str:
    return _STATEMENTS.get(type(node), f"this statement ({type(node).__name__})")


def without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return body[1:]
    return body
