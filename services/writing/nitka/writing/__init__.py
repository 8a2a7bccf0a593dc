"""Correct text: what a corrector would change in an answer, as marks that an agent accepts one by one."""
