/**
 * What the best that this machine can do is measured by: a bare uWebSockets.js that publishes each message to its topic
 * and keeps nothing, checks nothing and knows nobody.
 */
import { serveTopics } from './topic-server.ts';

const app = serveTopics((topic, message) => app.publish(topic, message, true, false));
