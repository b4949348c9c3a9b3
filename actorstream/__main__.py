"""`python -m actorstream`: the same as the command `actorstream`."""

from actorstream.cli import main

if __name__ == "__main__":
    main(prog_name="actorstream")
