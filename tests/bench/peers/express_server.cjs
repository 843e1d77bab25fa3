// The create and poll of PicWish as one writes a stub by hand: key, schema and state; no journal and no limits.
// Run: NODE_PATH=DIR/node_modules node express_server.cjs PORT
const { randomUUID } = require('node:crypto');
const express = require('express');
const Ajv = require('ajv');

const isValid = new Ajv().compile({
  type: 'object',
  required: ['type'],
  properties: { type: { enum: ['clean', 'face'] }, image_url: { type: 'string', minLength: 1 } },
});
const tasks = new Map();
const app = express();

app.use((request, response, next) => {
  if ((request.get('X-API-KEY') || '').startsWith('test')) next();
  else response.status(401).json({ status: 401, message: 'authentication failed' });
});
app.post('/api/tasks/visual/scale', express.urlencoded({ extended: false }), (request, response) => {
  if (!isValid({ ...request.body })) return response.status(400).json({ status: 400, message: 'parameter error' });
  const id = randomUUID();
  tasks.set(id, { task_id: id, state: 0, progress: 0, return_type: 1, type: 'clean', created_at: 1 });
  return response.json({ status: 200, message: 'success', data: { task_id: id } });
});
app.get('/api/tasks/visual/scale/:id', (request, response) => {
  const task = tasks.get(request.params.id);
  if (!task) return response.status(404).json({ status: 404, message: 'resource not found' });
  return response.json({ status: 200, message: 'success', data: task });
});
app.listen(Number(process.argv[2]), '127.0.0.1');
