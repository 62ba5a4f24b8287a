/** The chips: counts by state that filter when pressed. */
import type { JSX } from "preact";
import { CHIPS, type Chip } from "./chips";
import { useLookout } from "./here";
import { W } from "./words";

export function ChipsBar(): JSX.Element {
  const lookout = useLookout();
  const on = lookout.view.value.chips;
  const counts = lookout.counts.value;
  const shown = CHIPS.filter(
    ({ id, always }) => always || on.includes(id) || (counts.get(id) ?? 0) > 0,
  );
  const press = (id: string): void =>
    lookout.look({ chips: on.includes(id) ? on.filter((one) => one !== id) : [...on, id] });
  return (
    <section class="chips" aria-label={W.chips}>
      {shown.map((chip) => (
        <One
          key={chip.id}
          chip={chip}
          count={counts.get(chip.id) ?? 0}
          on={on.includes(chip.id)}
          onPress={() => press(chip.id)}
        />
      ))}
    </section>
  );
}

function One(props: { chip: Chip; count: number; on: boolean; onPress: () => void }): JSX.Element {
  const { chip, count, on } = props;
  return (
    <button
      type="button"
      class={`chip ${count > 0 ? chip.tone : "none"}`}
      aria-pressed={on}
      title={W.chipAbout[chip.id]}
      onClick={props.onPress}
    >
      {W.chip[chip.id]} <span class="chip-count number">{count.toLocaleString()}</span>
    </button>
  );
}
