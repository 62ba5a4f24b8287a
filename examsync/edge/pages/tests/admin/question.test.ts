/** Keys of questions in words. */
import type { KeyedQuestion } from "protocol";
import { expect, test } from "vitest";
import { keyText } from "../../src/admin/question";

const BLANK: KeyedQuestion = {
  external_id: "x",
  kind: "single_choice",
  stem: "?",
  options: [],
  answers: [],
  guidance: "",
  case_sensitive: false,
  shuffle: true,
  topic: "",
  difficulty: "",
  explanation: "",
  language: "",
  image: null,
  tags: [],
};

test("the key of a choice is the text of what is right", () => {
  const options = [
    { id: "a", text: "2", right: true },
    { id: "b", text: "4", right: false },
    { id: "c", text: "5", right: true },
  ];
  expect(keyText({ ...BLANK, options, answers: ["a", "c"] })).toBe("2; 5");
});

test("the key of a number or a word is what is accepted", () => {
  expect(keyText({ ...BLANK, answers: ["mercury", "पारा"] })).toBe("mercury; पारा");
});

test("an essay has what markers look for, or nothing", () => {
  expect(keyText({ ...BLANK, guidance: "Evaporation." })).toBe("Evaporation.");
  expect(keyText(BLANK)).toBe("");
});
