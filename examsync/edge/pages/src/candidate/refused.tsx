/** What the server will never take: shown with the reason, never dropped in silence. */
import type { JSX } from "preact";
import { Button, Dialog } from "../kit";
import { problemText } from "./connection";
import { answerText } from "./results";
import type { Seat } from "./seat";
import { WORDS } from "./words";

export function Refused(props: { seat: Seat; open: boolean; onClose: () => void }): JSX.Element {
  const { seat } = props;
  const foot = <Button onClick={props.onClose}>{WORDS.help.close}</Button>;
  return (
    <Dialog title={WORDS.refused.title} open={props.open} onClose={props.onClose} foot={foot} wide>
      <p>{WORDS.refused.text}</p>
      <div class="table-frame">
        <table class="table">
          <thead>
            <tr>
              {WORDS.refused.columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {seat.view.value.refused.map((entry, at) => {
              const row = seat.rows.value.find(({ item }) => item.id === entry.item);
              return (
                <tr key={at}>
                  <td>{row ? row.number : entry.event}</td>
                  <td>{row ? answerText(row.item, entry.response) : ""}</td>
                  <td>
                    {problemText(entry.code)} {entry.detail}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Dialog>
  );
}
