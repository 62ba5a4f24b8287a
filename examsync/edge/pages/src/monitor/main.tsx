/** The entry of the monitor page. */
import { render } from "preact";
import "../kit";
import { App } from "./app";
import { arrive } from "./entry";
import { followWidth } from "./here";
import "./monitor.css";

const exam = arrive(location, history);
followWidth();
render(<App exam={exam} />, document.getElementById("app") as HTMLElement);
