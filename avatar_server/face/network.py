"""One LiteRT network on one thread of the CPU (XNNPACK)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import ArrayLike

from avatar_server.errors import ModelFileError
from avatar_server.types import FloatArray


class Network:
    """A network with one input, run in place: the input is written into the interpreter's own
    buffer. Not safe for use by two threads at a time; the interpreter itself releases the GIL
    while it computes."""

    def __init__(self, model: bytes) -> None:
        """Raises ``ModelFileError`` when LiteRT cannot read ``model``."""
        try:
            self._interpreter = Interpreter(model_content=model, num_threads=1)
            self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise ModelFileError(
                f"LiteRT cannot load a network of the face model: {error}"
            ) from error
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [output["index"] for output in self._interpreter.get_output_details()]

    def run(self, values: ArrayLike) -> list[FloatArray]:
        """The outputs for ``values``, copied: they stay valid after the next run."""
        return self.run_on(lambda into: np.copyto(into, values))

    def run_on(self, write: Callable[[FloatArray], None]) -> list[FloatArray]:
        """The outputs for what ``write`` writes to the input without its first axis, float32."""
        # The view must not outlive this line: LiteRT refuses to run while one exists.
        write(self._interpreter.tensor(self._input)()[0])
        self._interpreter.invoke()
        return [np.asarray(self._interpreter.get_tensor(index)) for index in self._outputs]
