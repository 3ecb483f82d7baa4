"""The scripter's outside: a language model, and the memory of its answers."""
