from runtime.pulse import Pulse


def test_a_pulse_knows_how_long_ago_it_beat() -> None:
    clock = iter([10.0, 12.5, 20.0, 20.5])
    pulse = Pulse(now=lambda: next(clock))
    assert pulse.age() == 2.5
    pulse.beat()
    assert pulse.age() == 0.5
