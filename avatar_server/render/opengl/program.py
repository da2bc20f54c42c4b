"""Shader programs, one for each set of features that a material uses."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import moderngl

_INCLUDE = re.compile(r'^#include "([\w.]+)"$', re.MULTILINE)

_HEAD = "#version 330\n"

FRAME_BINDING = 0
SURFACE_BINDING = 1


@cache
def shader_source(name: str) -> str:
    """The text of a shader file with its includes in place."""
    text = (files(__package__) / "shaders" / name).read_text("utf-8")
    return _INCLUDE.sub(lambda match: shader_source(match[1]), text)


def compile_program(
    context: moderngl.Context, vertex: str, fragment: str, defines: tuple[str, ...] = ()
) -> moderngl.Program:
    """Both files with ``defines`` ("NAME" or "NAME value") before them."""
    head = _HEAD + "".join(f"#define {define}\n" for define in defines)
    program = context.program(
        vertex_shader=head + shader_source(vertex),
        fragment_shader=head + shader_source(fragment),
    )
    for block, binding in (("Frame", FRAME_BINDING), ("Surface", SURFACE_BINDING)):
        member = program.get(block, None)
        if isinstance(member, moderngl.UniformBlock):
            member.binding = binding
    return program
