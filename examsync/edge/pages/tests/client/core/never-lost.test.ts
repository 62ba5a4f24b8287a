/** Whatever happens on the way, nothing acked is forgotten before it is durable, and in the end the
 * server holds what the candidate last meant. Dice play candidate, network, server and time. */
import { expect, test } from "vitest";
import { ANSWER, SUBMIT, isSaved } from "../../../src/client/core/entry";
import { Dice } from "./dice";
import { BAD, ITEMS, World } from "./world";

type Step = (world: World, dice: Dice) => void;

/** What can happen and how often: mostly an exam, seldom a disaster. */
const STEPS: readonly (readonly [Step, number])[] = [
  [(w) => w.connects(), 20],
  [(w, d) => w.requestsArrive(d.int(1, 5)), 30],
  [(w, d) => w.repliesArrive(d.int(1, 5), d.next() < 0.3), 30],
  [(w, d) => w.answers(d.pick(ITEMS)), 20],
  [(w, d) => w.timePasses(d.pick([10, 500, 3_000])), 12],
  [(w) => w.timePasses(20_000), 1],
  [(w) => w.server.flush(), 4],
  [(w) => w.aRequestArrivesTwice(), 2],
  [(w, d) => w.aRequestIsLost(d.int(0, 9)), 2],
  [(w) => w.aStragglerArrives(), 3],
  [(w) => w.aReplyArrivesTwice(), 2],
  [(w, d) => w.anAckIsEmptyOrLost(d.int(0, 9), d.pick([null, [], {}])), 3],
  [(w, d) => w.answersBadlyAndThenWell(d.pick(ITEMS), d.pick(BAD)), 1],
  [(w) => w.switchesTabs(), 2],
  [(w) => w.starts(), 3],
  [(w) => w.submits(), 1],
  [(w) => w.cuts(), 3],
  [(w) => w.theClientCrashesAndComesBack(), 1],
  [(w, d) => w.theServerLosesItsData(d.next() < 0.5), 2],
  [(w) => (w.server.live.instance = ""), 1], // the next join is granted a new lease
  [(w) => w.server.joined.clear(), 1], // a worker forgets its connections
  [(w, d) => (w.server.away = d.next() < 0.3), 2],
];

/** A whole sitting by dice, checked after every step and healed in the end. */
function afternoon(seed: number, steps: number): World {
  const dice = new Dice(seed);
  const world = new World();
  world.sitsDown(dice.int(0, 3));
  for (let step = 0; step < steps; step += 1) {
    dice.weighted(STEPS)(world, dice);
    world.check();
  }
  world.heal();
  return world;
}

test.each([0, 200, 400, 600, 800])("nothing is lost in 200 afternoons from %i", (first) => {
  for (let seed = first; seed < first + 200; seed += 1) {
    try {
      afternoon(seed, 120);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
});

test("the afternoons are eventful enough to mean something", () => {
  const worlds = Array.from({ length: 60 }, (_, seed) => afternoon(seed, 120));
  const count = (is: (world: World) => boolean): number => worlds.filter(is).length;
  expect(count((world) => world.server.stored.closed)).toBeGreaterThan(10);
  expect(count((world) => world.server.epoch > 1)).toBeGreaterThan(40);
  expect(count((world) => Object.keys(world.acked).length === ITEMS.length)).toBeGreaterThan(40);
  expect(worlds.reduce((sum, world) => sum + world.replays, 0)).toBeGreaterThan(40);
  const leases = worlds.flatMap((world) =>
    Object.values(world.server.stored.responses).map(({ version }) => version[0]),
  );
  expect(new Set(leases).size).toBeGreaterThan(10);
});

test("an exam by hand: started, answered, lost, replayed, submitted and drained", () => {
  const world = new World();
  world.connects();
  world.healALittle();
  world.starts();
  world.healALittle();
  for (const item of ITEMS) world.answers(item);
  world.requestsArrive(20);
  world.repliesArrive(20);
  const answers = world.session.outbox.entries.filter((entry) => entry.event === ANSWER);
  expect(answers.every(isSaved)).toBe(true);
  world.theServerLosesItsData(true);
  expect(world.server.live.responses).toEqual({});
  world.submits();
  expect(world.session.outbox.find(SUBMIT)).toBeDefined();
  world.heal();
  expect(world.server.stored.closed).toBe(true);
  expect(world.session.settled).toBe(true);
});
