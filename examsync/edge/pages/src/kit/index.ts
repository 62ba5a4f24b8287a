/** The kit: everything the three pages share. `import { Button, get } from "../kit"`. */
import "./tokens.css";
import "./parts.css";

export * from "./access";
export * from "./api";
export * from "./badge";
export * from "./button";
export * from "./dialog";
export * from "./field";
export * from "./menu";
export * from "./picture";
export * from "./problem";
export * from "./rich";
export * from "./session";
export * from "./signin";
export * from "./table";
export * from "./time";
export * from "./toast";
