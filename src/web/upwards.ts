/** From a node to the document, through shadow roots: the node itself first. */
export function* upwards(from: Node): Generator<Node> {
  for (let node: Node | null = from; node !== null; node = node.parentNode ?? (node as ShadowRoot).host ?? null)
    yield node;
}
