/** What a join names when it goes. */
import { expect, test } from "vitest";
import { JOIN, stampOf } from "../../../src/client/core/entry";
import { join, known } from "../../../src/client/core/joining";
import { Outbox } from "../../../src/client/core/outbox";

test("a take-over on purpose names the lease it was granted when it goes again", () => {
  let ids = 0;
  const outbox = new Outbox();
  outbox.relet("L1", 0);
  join(outbox, "e", () => `id-${++ids}`, 0, { anew: true });
  const entry = outbox.find(JOIN)!;
  expect(known(outbox, entry)).toEqual({});
  outbox.relet("L2", 0);
  outbox.acked(stampOf(entry), [1, 7], "r");
  outbox.learnEpoch(2, 0);
  expect(known(outbox, entry)).toEqual({ lease: "L2", rev: [2, 0] });
});
