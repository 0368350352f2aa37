"""From a decorated function to a lemma: its parameters, its lines, its options."""

import ast
import re
from collections.abc import Callable, Mapping

from fpproof.errors import FpproofError, Place, TheoryError
from fpproof.formats import ATLAS, Format, parse_format, split_list
from fpproof.theory.annotations import Annotation, annotation, check_result
from fpproof.theory.context import Allowance, Expressions, Scope
from fpproof.theory.definitions import assign
from fpproof.theory.entities import STATEMENTS as STATEMENT_NAMES
from fpproof.theory.entities import Builtin, Definition, Value, nearest
from fpproof.theory.expressions import reader
from fpproof.theory.refusals import statement_name, without_docstring
from fpproof.theory.statement import AMBIENT, EVERY, Lemma, Parameter, Statement, Use
from fpproof.theory.terms import Domain, Op, Term, Type, variables

OPTIONS = ("expect", "source", "formats", "plan", "rocq")
EXPECTATIONS = ("proved", "refuted", "vacuous", "conditional", "supported", "open")

_SOURCE = re.compile(r"^\s*Source:\s*(.*(?:\n[ \t]*\S.*)*)", re.MULTILINE)


def docstring(body: list[ast.stmt]) -> str:
    """The text that a body begins with, without indentation."""
    if len(without_docstring(body)) == len(body):
        return ""
    assert isinstance(body[0], ast.Expr)
    lines = ast.literal_eval(body[0].value).strip().splitlines()
    return "\n".join(line.strip() for line in lines)


def source_of(text: str) -> str:
    """What a docstring says after "Source:", to the end of the paragraph."""
    match = _SOURCE.search(text)
    return " ".join(match[1].split()) if match else ""


def parameters(expressions: Expressions, definition: Definition) -> tuple[tuple[Parameter, ...], tuple[Term, ...], dict[str, Value]]:
    """A function's parameters as written, the variables they stand for, and their values by name."""
    scope = Scope(definition.module, {})
    node = definition.node
    names = expressions.parameter_names(node.args, node, scope)
    check_result(expressions, node, scope)
    typed = [(a, annotation(expressions, a, scope)) for a in node.args.args]
    formats = {name: t for name, (_, t) in zip(names, typed, strict=True) if t.domain is Domain.FORMAT}
    expressions.taken.update(names)
    found, quantified, values = list[Parameter](), list[Term](), dict[str, Value]()
    for argument, of_type in typed:
        expressions.check_new(argument.arg, argument, Scope(definition.module, values))
        found.append(Parameter(argument.arg, of_type.domain, of_type.lengths, of_type.format))
        terms, values[argument.arg] = _variables(expressions, argument, of_type, formats, scope)
        if of_type.domain not in (Domain.FORMAT, Domain.MODE):
            quantified += terms
    return tuple(found), tuple(quantified), values


def _variables(
    expressions: Expressions, argument: ast.arg, of_type: Annotation, formats: Mapping[str, Annotation], scope: Scope
) -> tuple[list[Term], Value]:
    """The variables of a parameter, one or a vector's, and the value that they make."""
    pool, place = expressions.pool, expressions.place(argument, scope)
    F: Term | None = None
    if of_type.domain in (Domain.FLOAT, Domain.DATUM):
        if of_type.format == AMBIENT or of_type.format in formats:
            F = pool.variable(of_type.format, Domain.FORMAT)
        else:
            F = pool.format(expressions.parsed_format(of_type.format, argument, scope), place)
    found: list[Term] = []

    def make(name: str, lengths: tuple[int, ...]) -> Value:
        if lengths:
            return tuple(make(f"{name}[{i}]", lengths[1:]) for i in range(lengths[0]))
        found.append(pool.variable(name, of_type.domain, F, place))
        return found[-1]

    return found, make(argument.arg, of_type.lengths)


class LemmaReader:
    """Reads one lemma; `lemma` gives the lemmas that it uses."""

    def __init__(self, lemma: Callable[[Definition, Place], Lemma], definition: Definition, allowance: Allowance) -> None:
        self.lemma, self.definition = lemma, definition
        self.place = definition.module.source.of(definition.node)
        self.expressions = reader(allowance)
        self.conditions: dict[str, list[Term]] = {"require": [], "assume": [], "show": []}
        self.uses: list[Use] = []

    def read(self) -> Lemma:
        node = self.definition.node
        given, quantified, values = parameters(self.expressions, self.definition)
        self._check_parameters(given, values)
        scope = Scope(self.definition.module, values)
        for line in without_docstring(node.body):
            self._line(line, scope)
        if not self.conditions["show"]:
            raise TheoryError(f"the lemma {node.name} shows nothing", self.place, "write show(...)")
        requires, assumes, shows = (tuple(self.conditions[kind]) for kind in ("require", "assume", "show"))
        statement = Statement(self.expressions.pool, quantified, requires, assumes, shows)
        text = docstring(node.body)
        texts = {name: self._text(name) for name in ("expect", "source", "rocq")}
        lemma = Lemma(
            name=node.name,
            place=self.place,
            text=text,
            source=texts["source"] or source_of(text),
            parameters=given,
            uses=tuple(self.uses),
            stated=lambda: statement,
            expect=texts["expect"] or EXPECTATIONS[0],
            formats=self._formats(),
            plan=self._plan(),
            rocq=texts["rocq"],
        )
        self._check_options(lemma)
        return lemma

    # Lines

    def _line(self, line: ast.stmt, scope: Scope) -> None:
        """assume, show, require, uses, or a name for a value."""
        if isinstance(line, ast.Assign):
            assign(self.expressions, line, scope)
            return
        call = line.value if isinstance(line, ast.Expr) else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            raise self.expressions.error(f"no part of the language: {statement_name(line)}", line, scope)
        entity = None if call.func.id in scope.locals else self.expressions.entity(call.func, scope)
        if not isinstance(entity, Builtin) or entity.name not in STATEMENT_NAMES:
            hint = nearest(call.func.id, STATEMENT_NAMES)
            raise self.expressions.error(f"expected a statement: {', '.join(STATEMENT_NAMES)}", line, scope, hint)
        for keyword in call.keywords:
            raise self.expressions.error(f"{entity.name}: no argument has a name", keyword.value, scope)
        if not call.args:
            raise self.expressions.error(f"{entity.name} of nothing", call, scope)
        if entity.name == "uses":
            self.uses += [self._used(a, scope) for a in call.args]
        else:
            self._add(entity.name, call, scope)

    def _add(self, kind: str, call: ast.Call, scope: Scope) -> None:
        if self.conditions["show"] and kind != "show":
            raise self.expressions.error(f"{kind} after show", call, scope, "assumptions stand before what they show")
        for node in call.args:
            condition = self.expressions.condition(node, scope)
            if kind == "require":
                self._check_requirement(condition, node, scope)
            self.conditions[kind].append(condition)

    def _check_requirement(self, condition: Term, node: ast.expr, scope: Scope) -> None:
        """Requirements speak of formats and modes, not of the other parameters."""
        for variable in variables([condition]):
            if variable.variable.domain not in (Domain.FORMAT, Domain.MODE):
                raise self.expressions.error(f"a requirement speaks of formats, found {variable.variable.name}", node, scope, "write assume(...)")

    def _check_parameters(self, given: tuple[Parameter, ...], values: Mapping[str, Value]) -> None:
        for parameter, node in zip(given, self.definition.node.args.args, strict=True):
            if parameter.domain is Domain.NETWORK:
                hint = "a lemma speaks of the networks of a @network, for all its parameters"
                raise self.expressions.error("no lemma is about all networks", node, Scope(self.definition.module, dict(values)), hint)

    def _used(self, node: ast.expr, scope: Scope) -> Use:
        """A lemma, or a lemma called with formats: other(G=binary16)."""
        name = node.func if isinstance(node, ast.Call) else node
        entity = self.expressions.entity(name, scope) if isinstance(name, ast.Name) and name.id not in scope.locals else None
        if not isinstance(entity, Definition) or entity.decorator != "lemma":
            raise self.expressions.error("expected the name of a lemma", node, scope)
        used = self.lemma(entity, self.expressions.place(node, scope))
        own = {AMBIENT, *(v.variable.name for v in scope.locals.values() if isinstance(v, Term) and v.op is Op.VARIABLE and v.type is Type.FORMAT)}
        formats: dict[str, str | Format] = {parameter: parameter for parameter in used.format_parameters if parameter in own}
        if isinstance(node, ast.Call):
            formats |= self._instance(used, node, scope)
        if missing := [parameter for parameter in used.format_parameters if parameter not in formats]:
            hint = f"write {used.name}({', '.join(f'{parameter}=binary16' for parameter in missing)})"
            raise self.expressions.error(f"{used.name} is about a format {', '.join(missing)} too, which is not given", node, scope, hint)
        return Use(used, formats)

    def _instance(self, used: Lemma, call: ast.Call, scope: Scope) -> dict[str, str | Format]:
        """The formats of a use, by name: parameters of this lemma, or formats."""
        found: dict[str, str | Format] = {}
        for argument in call.args:
            raise self.expressions.error("the formats of a lemma have names", argument, scope, f"it has {', '.join(used.format_parameters)}")
        for keyword in call.keywords:
            name = keyword.arg or "**"
            if name not in used.format_parameters or name in found:
                hint = nearest(name, used.format_parameters) or f"it has {', '.join(used.format_parameters)}"
                raise self.expressions.error(f"{used.name} has no format {name[:40]}, or it is given twice", keyword.value, scope, hint)
            term = self.expressions.term(keyword.value, scope, Type.FORMAT)
            found[name] = term.variable.name if term.op is Op.VARIABLE else term.data
        return found

    # Options

    def _option(self, name: str) -> tuple[ast.expr | None, Scope]:
        return self.definition.options.get(name), Scope(self.definition.module, {})

    def _text(self, name: str) -> str:
        node, scope = self._option(name)
        return "" if node is None else self.expressions.text(node, scope)

    def _formats(self) -> tuple[str, ...]:
        """A text with commas, or a list of texts."""
        node, scope = self._option("formats")
        if isinstance(node, ast.List | ast.Tuple):
            texts = [self.expressions.text(n, scope) for n in node.elts]
        else:
            texts = [] if node is None else split_list(self.expressions.text(node, scope))
        return tuple(" ".join(text.split()) for text in texts)

    def _plan(self) -> dict[str, str]:
        """Judges by format; "" stands for all formats, as does a text alone."""
        node, scope = self._option("plan")
        if not isinstance(node, ast.Dict):
            return {} if node is None else {"": self.expressions.text(node, scope)}
        found: dict[str, str] = {}
        for key, judges in zip(node.keys, node.values, strict=True):
            if key is None:
                raise self.expressions.error("no part of the language: a star argument", judges, scope)
            format = self.expressions.text(key, scope)
            if format in found:
                raise self.expressions.error(f"plan: {format[:40]!r} is given twice", key, scope)
            found[format] = self.expressions.text(judges, scope)
        return found

    def _check_options(self, lemma: Lemma) -> None:
        """Formats are formats, an expectation is a verdict."""
        node, scope = self._option("expect")
        if node is not None and lemma.expect not in EXPECTATIONS:
            hint = nearest(lemma.expect, EXPECTATIONS)
            raise self.expressions.error(f"expect is one of {', '.join(EXPECTATIONS)}, found {lemma.expect[:40]!r}", node, scope, hint)
        node, scope = self._option("formats")
        if node is not None and not lemma.formats:
            raise self.expressions.error("formats names no format", node, scope, "leave it out, or write 'E5M2, binary16'")
        for number, text in enumerate(lemma.formats):
            assert node is not None
            if text in lemma.formats[:number]:
                raise self.expressions.error(f"formats: {text[:40]!r} is given twice", node, scope)
            self._check_format(lemma, text, node, scope)
        node, scope = self._option("plan")
        for key, text in zip(node.keys if isinstance(node, ast.Dict) else (), lemma.plan, strict=False):
            if text and key is not None:
                self._check_format(lemma, text, key, scope)

    def _check_format(self, lemma: Lemma, text: str, node: ast.expr, scope: Scope) -> None:
        try:
            formats_of(lemma, text)
        except FpproofError as error:
            raise self.expressions.error(error.message, node, scope, error.hint) from None


def formats_of(lemma: Lemma, text: str) -> dict[str, Format]:
    """The formats that a text of a plan gives to a lemma's parameters: "E5M2" or "F(2,3) G=binary16".

    "every" stands for all, in a lemma that speaks of none: any will do. Raises TheoryError for parameters that the lemma lacks,
    FormatError for formats that are none.
    """
    if text.strip() == EVERY and not lemma.speaks_of_formats:
        return {AMBIENT: ATLAS["E2M1"]}
    found: dict[str, Format] = {}
    for part in re.split(r"\s+(?=\w+=(?!=)|$)", text.strip()):
        match = re.fullmatch(r"(\w+)=(.*)", part, re.DOTALL)
        name, format = (match[1], match[2]) if match else (AMBIENT, part)
        if name not in lemma.format_parameters:
            raise TheoryError(f"lemma {lemma.name} has no format {name[:40]}", lemma.place, f"it has {', '.join(lemma.format_parameters)}")
        if name in found:
            raise TheoryError(f"the format {name} is given twice in {text[:60]!r}", lemma.place)
        found[name] = parse_format(format)
    return found
