import "uplot/dist/uPlot.min.css";
import "./style.css";

import { render } from "preact";

import { DevicesScreen } from "./devices";
import { Frame } from "./frame";
import { IncidentScreen } from "./incident";
import { path, session, start } from "./live";
import { LoginScreen } from "./login";
import { OverviewScreen } from "./overview";
import { SiteScreen } from "./site";
import { IncidentsScreen } from "./table";
import { words } from "./zh";

function Screen() {
  const [, place = "", id = "", rest = ""] = path.value.split("/");
  switch (place) {
    case "":
      return <OverviewScreen />;
    case "site":
      return <SiteScreen id={id} key={id} />;
    case "devices":
      return <DevicesScreen id={rest === "" ? id : `${id}/${rest}`} />;
    case "incidents":
      return <IncidentsScreen />;
    case "incident":
      return <IncidentScreen id={id} key={id} />;
    default:
      return <p>{words.notFound}</p>;
  }
}

function App() {
  const known = session.value;
  if (known === null) {
    return <p class="login soft">{words.loading}</p>;
  }
  if (known.user === null) {
    return <LoginScreen session={known} />;
  }
  return (
    <Frame>
      <Screen />
    </Frame>
  );
}

const root = document.getElementById("app");
if (root !== null) {
  render(<App />, root);
}
void start();
