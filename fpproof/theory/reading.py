"""Reading theory files: from a path to lemmas. Nothing is executed."""

import ast
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fpproof.errors import Place, TheoryError
from fpproof.theory.context import Allowance, Expressions, Scope
from fpproof.theory.definitions import body as body_of
from fpproof.theory.entities import DECORATORS, LANGUAGE, PYTHON_BUILTINS, Assigned, Builtin, Definition, Module, nearest, unknown
from fpproof.theory.expressions import reader
from fpproof.theory.lemmas import OPTIONS, LemmaReader, docstring, parameters, source_of
from fpproof.theory.refusals import statement_name, without_docstring
from fpproof.theory.source import Source, decode, parse, read_source, resolved
from fpproof.theory.statement import Lemma, Theory
from fpproof.theory.terms import Domain
from fpproof.theory.trajectories import StatedLoss, check_loss, stated_loss

LANGUAGE_MODULE = "fpproof.lang"
ROOT_NAME = "theories"
DECORATOR_OPTIONS = {"lemma": OPTIONS, "loss": ("start",)}
MOST_FILES = 200
"""Theory files that one file may import, over others too."""


def read_theory(path: str | Path) -> Theory:
    """The theory of a file; raises TheoryError with file, line and column, OSError if there is no file.

    Files that it imports lie in the same tree: under the nearest directory `theories` above it, or beside it.
    """
    with _uncollected():
        return Reader(_root(Path(path))).theory(Path(path))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Terms are many, bounded, and stay: looking for garbage among them again and again costs a third of the reading."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def read_theory_text(text: str | bytes, name: str = "theory.py") -> Theory:
    """The theory that a text says, which imports no other theories."""
    reader = Reader(None)
    return reader.finish(reader.module(decode(text.encode() if isinstance(text, str) else text, name), None))


def read_loss(path: str | Path, name: str) -> StatedLoss:
    """A @loss of a theory file, all of which is checked, with the names of its parameters and its start; raises TheoryError, OSError."""
    reader = Reader(_root(Path(path)))
    module = reader.module_of(Path(path))
    reader.finish(module)
    losses = {known: e for known, e in module.names.items() if isinstance(e, Definition) and e.decorator == "loss"}
    if name not in losses:
        found = f"there are {', '.join(losses)}" if losses else "it has none: mark a function of Real parameters with @loss"
        raise TheoryError(f"{path} has no @loss {name[:60]!r}", Place(str(path), 1), nearest(name, losses) or found)
    return stated_loss(reader.expressions(losses[name]), losses[name])


def _root(path: Path) -> Path:
    """The directory that module paths start from: `theories` itself is the first name of an absolute one."""
    directory = resolved(path).parent
    return next((parent for parent in (directory, *directory.parents) if parent.name == ROOT_NAME), directory)


class Reader:
    """Reads a file and what it imports, each once."""

    def __init__(self, root: Path | None) -> None:
        self.root = root
        self._modules: dict[Path, Module | None] = {}
        self._open: list[Definition] = []
        self._allowance = Allowance()

    def theory(self, path: Path) -> Theory:
        return self.finish(self.module_of(path))

    def module_of(self, path: Path) -> Module:
        return self._file(resolved(path), str(path), None)

    def finish(self, module: Module) -> Theory:
        """The theory of a module: definitions are checked, lemmas read."""
        source = module.source
        try:
            for entity in module.names.values():
                if isinstance(entity, Definition) and entity.module is module and entity.decorator != "lemma":
                    self._check(entity)
                elif isinstance(entity, Assigned) and entity.module is module:
                    reader(self._allowance).value(ast.copy_location(ast.Name(entity.name), entity.node), Scope(module, {}))
            lemmas = [self.lemma(e) for e in module.names.values() if isinstance(e, Definition) and e.module is module and e.decorator == "lemma"]
        except RecursionError:
            raise TheoryError("the file is nested too deeply", Place(source.name, 1), "give parts of its expressions names") from None
        read = [m for m in self._modules.values() if m is not None]
        files = tuple(dict.fromkeys([*self._modules, *(path for m in read for path in m.beside)]))
        return Theory(source.name, module.text, source_of(module.text), tuple(lemmas), files)

    # Files

    def _file(self, path: Path, name: str, wanted: tuple[Source, ast.AST] | None) -> Module:
        if path in self._modules:
            module = self._modules[path]
            if module is None:
                assert wanted is not None, "the first file is read once"
                raise TheoryError(f"{name} imports itself, over others or at once", wanted[0].of(wanted[1]))
            return module
        if len(self._modules) >= MOST_FILES:
            place = wanted[0].of(wanted[1]) if wanted is not None else Place(name, 1, 1)
            raise TheoryError(f"more than {MOST_FILES} files are imported", place)
        self._modules[path] = None
        module = self.module(read_source(path, name), path)
        self._modules[path] = module
        return module

    def module(self, source: Source, path: Path | None) -> Module:
        """The names of a file; functions are read later, so that they may come in any order."""
        tree, size = parse(source)
        self._allowance.left += 2 * size
        body = tree.body
        module = Module(source, docstring(body), path, self.root)
        for line in without_docstring(body):
            match line:
                case ast.ImportFrom():
                    self._import(line, module, path)
                case ast.FunctionDef():
                    self._define(line.name, _definition(line, module), line, module)
                case ast.Assign(targets=[ast.Name(id=name)]):
                    self._define(name, Assigned(name, line.value, module), line, module)
                case _:
                    raise TheoryError(f"no part of the language: {_module_level(line)}", source.of(line))
        return module

    def _define(self, name: str, entity: Assigned | Definition, node: ast.stmt, module: Module) -> None:
        if name in module.names or name in PYTHON_BUILTINS:
            raise TheoryError(f"the name {name} is taken", module.source.of(node), "names are given once")
        module.names[name] = entity

    def _import(self, line: ast.ImportFrom, module: Module, path: Path | None) -> None:
        if line.module == "__future__" and [a.name for a in line.names] == ["annotations"]:
            return
        if line.module == LANGUAGE_MODULE and not line.level:
            found = dict(LANGUAGE)
        else:
            found = dict(self._other(line, module, path).names)
        for alias in line.names:
            names = list(found) if alias.name == "*" else [alias.name]
            for name in names:
                if name not in found:
                    raise TheoryError(f"{'.' * line.level}{line.module or ''} has no {name[:60]}", module.source.of(alias), nearest(name, found))
                known = alias.asname or name
                if module.names.get(known, found[name]) is not found[name]:
                    raise TheoryError(f"the name {known} is taken", module.source.of(alias), "names are given once")
                module.names[known] = found[name]

    def _other(self, line: ast.ImportFrom, module: Module, path: Path | None) -> Module:
        """The theory file that an import names."""
        place = module.source.of(line)
        parts = line.module.split(".") if line.module else []
        allowed = f"a theory file imports {LANGUAGE_MODULE} and other theory files"
        shown = "." * line.level + ".".join(parts)
        if path is None or self.root is None or (line.level == 0 and (parts[0] != ROOT_NAME or self.root.name != ROOT_NAME)):
            hint = f"{LANGUAGE_MODULE} has Annotated and Literal" if shown == "typing" else None
            raise TheoryError(f"an import of {shown[:60]}: {allowed}", place, hint)
        start = self.root if line.level == 0 else path
        for _ in range(line.level):
            start = start.parent
        written = start.joinpath(*(parts[1:] if line.level == 0 else parts)).with_suffix(".py") if parts else start
        target = resolved(written)
        if not target.is_relative_to(self.root):
            raise TheoryError(f"an import of {shown[:60]}, which lies outside the tree of theories", place)
        if not os.path.isfile(target):
            raise TheoryError(f"an import of {shown[:60]}: there is no such theory file", place, allowed)
        if written != target:
            module.beside.append(written)  # a link may come to lead elsewhere
        name = os.path.normpath(Path(module.source.name).parent / os.path.relpath(target, path.parent))
        return self._file(target, name, (module.source, line))

    # Definitions

    def _check(self, definition: Definition) -> None:
        """Types of a @define or a @network, also if nobody calls it: it is read once with variables for parameters.

        With a Network among them it is read at each call: only then is it known how many inputs and outputs there are.
        """
        expressions = self.expressions(definition)
        if definition.decorator == "loss":
            check_loss(expressions, definition)
            return
        given, _, values = parameters(expressions, definition)
        if any(parameter.domain is Domain.NETWORK for parameter in given):
            return
        body_of(expressions, definition, values)

    def expressions(self, definition: Definition) -> Expressions:
        """What reads the body of a definition, which may not call itself."""
        expressions = reader(self._allowance)
        expressions.active.append(definition)
        return expressions

    # Lemmas

    def lemma(self, definition: Definition, used_at: Place | None = None) -> Lemma:
        """A lemma, and before it those that it uses; raises TheoryError if it rests on itself."""
        name, known = definition.node.name, definition.module.lemmas
        if name not in known:
            if definition in self._open:
                raise TheoryError(f"the lemma {name} rests on itself", used_at)
            self._open.append(definition)
            known[name] = LemmaReader(self.lemma, definition, self._allowance).read()
            self._open.pop()
        return known[name]


def _definition(node: ast.FunctionDef, module: Module) -> Definition:
    """A function with its one decorator."""
    source = module.source
    if len(node.decorator_list) != 1:
        raise TheoryError(f"the function {node.name} needs one of @lemma, @define, @loss and @network, and no other", source.of(node))
    decorator = node.decorator_list[0]
    called = decorator if isinstance(decorator, ast.Call) else None
    mark = called.func if called is not None else decorator
    entity = module.names.get(mark.id) if isinstance(mark, ast.Name) else None
    if not isinstance(entity, Builtin) or entity.name not in DECORATORS:
        if isinstance(mark, ast.Name) and mark.id not in module.names:
            raise unknown(source, mark, mark.id, DECORATORS)
        raise TheoryError("expected @lemma, @define, @loss or @network", source.of(decorator))
    options: dict[str, ast.expr] = {}
    if called is not None:
        for argument in called.args:
            raise TheoryError("a decorator's arguments have names", source.of(argument), f"write {', '.join(f'{o}=...' for o in OPTIONS)}")
        for keyword in called.keywords:
            allowed = DECORATOR_OPTIONS.get(entity.name, ())
            if keyword.arg is None or keyword.arg not in allowed or keyword.arg in options:
                known = "; ".join(f"@{of} has {', '.join(names)}" for of, names in DECORATOR_OPTIONS.items())
                name, hint = (keyword.arg or "**")[:40], nearest(keyword.arg or "", allowed) or known
                raise TheoryError(f"@{entity.name} has no argument {name}, or it is given twice", source.of(keyword.value), hint)
            options[keyword.arg] = keyword.value
    return Definition(node, entity.name, options, module)  # type: ignore[arg-type]  # the name is one of DECORATORS


def _module_level(line: ast.stmt) -> str:
    if isinstance(line, ast.Import):
        return f"import of {line.names[0].name[:60]}: a theory file imports names from {LANGUAGE_MODULE} and from other theory files"
    if isinstance(line, ast.If):
        return "an if statement: a theory file is read, not run"
    if isinstance(line, ast.Assign):
        return "an assignment to something other than one name"
    return statement_name(line)
