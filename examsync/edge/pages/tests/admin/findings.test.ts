import { expect, test } from "vitest";
import { csv, findingsCsv, inOrder } from "../../src/admin/findings";

test("errors come first, then remarks, each by line", () => {
  const found = [
    { line: 9, column: "", code: "c", message: "", severity: "info" as const },
    { line: 7, column: "", code: "b", message: "", severity: "error" as const },
    { line: 3, column: "", code: "a", message: "" },
  ];
  expect(inOrder(found).map((one) => one.line)).toEqual([3, 7, 9]);
});

test("cells are quoted, and no spreadsheet takes one for a formula", () => {
  expect(csv([["a,b", 'say "x"', "=1+1", "-5", "-x"]])).toBe(
    "\"a,b\",\"say \"\"x\"\"\",'=1+1,-5,'-x\r\n",
  );
});

test("a file of findings has a header", () => {
  const file = findingsCsv([{ line: 2, column: "answer", code: "no_answer", message: "None." }]);
  expect(file).toBe(
    "line,column,severity,code,message\r\n2,answer,error,no_answer,None.\r\n",
  );
});
