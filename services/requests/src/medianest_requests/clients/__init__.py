"""The outside systems and the auth service: their HTTP, and their failures as errors of ours."""
