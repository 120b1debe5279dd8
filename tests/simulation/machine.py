"""The same world under hypothesis, which looks for the shortest story that breaks a promise."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from .checks import check_always, check_at_rest
from .world import MOST_EFFECTS, World

small = st.integers(0, 11)
any_wish = st.integers(0, 200)


def machine(**bugs: Any) -> type[RuleBasedStateMachine]:
    """The state machine of a world with these bugs."""

    class Machine(RuleBasedStateMachine):
        """Each rule is something that can happen; in the end all comes to rest."""

        @initialize(vacancies=st.integers(1, 2), attendees=st.integers(1, 3))
        def begin(self, vacancies: int, attendees: int) -> None:
            self.world = World(vacancies, attendees, **bugs)
            self.time = self.world.its_own_time()
            self.time.__enter__()

        @rule(replica=small, wish=any_wish)
        def ask(self, replica: int, wish: int) -> None:
            self.world.ask(replica, wish)

        @rule(actor=small)
        def hurry(self, actor: int) -> None:
            self.world.step(actor, MOST_EFFECTS - 1, 0)
            check_always(self.world)

        @rule(actor=small, effects=small, outcome=small)
        def step(self, actor: int, effects: int, outcome: int) -> None:
            self.world.step(actor, effects, outcome)
            check_always(self.world)

        @rule(replica=small, queue=small)
        def consume(self, replica: int, queue: int) -> None:
            self.world.consume(replica, queue)

        @rule(kind=st.sampled_from(("kill", "wait", "set_clock")), number=any_wish)
        def meanwhile(self, kind: str, number: int) -> None:
            getattr(self.world, kind)(number)

        @rule(queue=small, body=small)
        def send_garbage(self, queue: int, body: int) -> None:
            self.world.send_garbage(queue, body)

        def teardown(self) -> None:
            if not hasattr(self, "world"):
                return
            try:
                self.world.drain()
                check_at_rest(self.world)
            finally:
                self.time.__exit__(None, None, None)

    return Machine
