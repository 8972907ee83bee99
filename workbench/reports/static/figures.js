// Plotly figures of an executed notebook. plotly.js is unpacked once; the policy admits exactly its text, by hash.

// The one theme has light colours; these are the same roles on dark paper.
const DARK = {
  "#ffffff": "#15181c", "#1b1f24": "#e3e6ea", "#545b64": "#a5adb7", "#d5dae0": "#363c44", "#e9ecef": "#282d34", "#0b5f9e": "#7cbcf0",
  "#7fb0d6": "#4a7ba3", "#e7f1f9": "#17293a", "#a94700": "#f0a467", "#fdf0e5": "#37261a", "#6a727c": "#9aa3ad", "#eef0f2": "#252a30",
};
const dark = matchMedia("(prefers-color-scheme: dark)");

function themed(text) {
  return dark.matches ? text.replace(/#[0-9a-f]{6}\b/gi, (colour) => DARK[colour.toLowerCase()] ?? colour) : text;
}

async function drawFigures() {
  const text = await unpacked("figures"), script = document.createElement("script");
  script.textContent = await unpacked("plotly");
  document.head.append(script);
  const draw = () => {
    const figures = JSON.parse(themed(text));
    for (const place of document.querySelectorAll("[data-figure]")) {
      const {data, layout} = figures[place.dataset.figure];
      Plotly.react(place, data, {...layout, autosize: true}, {displaylogo: false, responsive: true});
    }
  };
  draw();
  dark.addEventListener("change", draw);
}

await drawFigures();
