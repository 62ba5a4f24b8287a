/** Messages from examiners: they stay in front until they are acknowledged, one by one. */
import type { JSX } from "preact";
import { Button, clock, Dialog } from "../kit";
import type { Seat } from "./seat";
import { WORDS } from "./words";

export function Notices(props: { seat: Seat }): JSX.Element | null {
  const notice = props.seat.view.value.notices[0];
  if (notice === undefined) return null;
  const foot = (
    <Button look="main" onClick={() => props.seat.attempt.acknowledge(notice.id)} autoFocus>
      {WORDS.notices.read}
    </Button>
  );
  return (
    <Dialog key={notice.id} title={WORDS.notices.title} open foot={foot}>
      <p class="notice">{notice.text}</p>
      <p class="quiet small">{WORDS.notices.sent(clock(notice.at))}</p>
    </Dialog>
  );
}
