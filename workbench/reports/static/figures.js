// Plotly figures of an executed notebook. plotly.js is unpacked once; the policy admits exactly its text, by hash.

const darkPage = matchMedia("screen and (prefers-color-scheme: dark)"); // paper is light

// The theme has light colours; `dark` has the same roles on dark paper.
function themed(text, dark) {
  return darkPage.matches ? text.replace(/#[0-9a-f]{6}\b/gi, (colour) => dark[colour.toLowerCase()] ?? colour) : text;
}

async function drawFigures() {
  const {figures: text, dark} = JSON.parse(await unpacked("figures")), script = document.createElement("script");
  script.textContent = await unpacked("plotly");
  document.head.append(script);
  const draw = () => {
    const figures = JSON.parse(themed(text, dark));
    for (const place of document.querySelectorAll("[data-figure]")) {
      const {data, layout, config} = figures[place.dataset.figure];
      Plotly.react(place, data, {...layout, autosize: true}, {displayModeBar: false, displaylogo: false, ...config, responsive: true});
    }
  };
  draw();
  darkPage.addEventListener("change", draw);
}

await drawFigures();
