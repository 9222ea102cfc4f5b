"""Move one price and watch the ladder: `marimo edit examples/marimo/ladder.py`, or run it as a script."""

import marimo

app = marimo.App()


@app.cell
def _():
    import tomllib
    from pathlib import Path

    import marimo as mo

    import ringfence

    path = Path(__file__).parents[1] / "books" / "reference.toml"
    return mo, path, ringfence, tomllib


@app.cell
def _(mo):
    move = mo.ui.slider(start=-40, stop=40, step=1, value=0, label="BTC moves by [%]")
    move  # noqa: B018 (a cell shows its last expression)
    return (move,)


@app.cell
def _(move, path, ringfence, tomllib):
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    btc = document["position"][0]
    btc["mark_price"] = str(int(btc["mark_price"]) * (100 + move.value) // 100)
    health = ringfence.assess(ringfence.read(document))
    return (health,)


@app.cell
def _(health, ringfence):
    for row in ringfence.frame(health).iter_rows(named=True):
        print(f"{row['symbol']} {row['side']} dies at {row['liquidation_price']:,.2f}")


@app.cell
def _(health, ringfence):
    ringfence.figure(health, "ladder")


if __name__ == "__main__":
    app.run()
