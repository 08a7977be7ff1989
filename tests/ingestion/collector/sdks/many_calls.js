// Says every status that comes back and every refused connection, so that a test knows
// when to let them through; rudder-sdk-node says the latter itself.
import { subscribe } from "node:diagnostics_channel";

const say = ({ response }) => console.log(response.statusCode);
subscribe("http.client.response.finish", say);
subscribe("undici:request:headers", say);
subscribe("undici:client:connectError", ({ error }) => console.log(error.code));
for (let number = 0; number < 45; number += 1) {
  analytics.track({ userId: "u_1", event: "product_viewed", properties: { product_id: `p_${number}` } });
}
