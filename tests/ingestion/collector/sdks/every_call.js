// Stands after the lines of docs/sdks.md that make `analytics` and track an event; both
// SDKs for Node have these calls.
const who = { userId: "u_1", anonymousId: "a_1" };
const timestamp = new Date(process.env.HAPPENED_AT);
const properties = { path: "/", url: "https://shop.example.com/" };
analytics.identify({ ...who, traits: { email: "a@example.com" }, timestamp });
analytics.page({ ...who, name: "Home", properties, timestamp });
analytics.screen({ ...who, name: "Start", properties, timestamp });
analytics.group({ ...who, groupId: "g_1", traits: { plan: "team" }, timestamp });
analytics.alias({ userId: "u_1", previousId: "a_1", timestamp });
