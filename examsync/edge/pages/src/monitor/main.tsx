/** The entry of this page. */
import { render } from "preact";
import { Toasts } from "../kit";

function Page() {
  return (
    <main class="stack">
      <h1>Monitor</h1>
      <Toasts />
    </main>
  );
}

render(<Page />, document.getElementById("app") as HTMLElement);
