// Solves the MPS on standard input with HiGHS and prints {status, objective}: an oracle for
// suanli-milp that shares no code with it. usage: node highs.mjs GAP_FRAC < problem.mps
import { readFileSync } from "node:fs";
import loader from "highs";

const highs = await loader();
const data = readFileSync(0, "utf8");
const answer = highs.withModel({ format: "mps", data }, (model) => {
  model.options.set({
    output_flag: false,
    mip_rel_gap: Number(process.argv[2] ?? 0),
    mip_abs_gap: 0,
    time_limit: 60,
  });
  model.run();
  return { status: model.getModelStatus(), objective: model.getObjectiveValue() };
});
console.log(JSON.stringify(answer));
