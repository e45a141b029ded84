/**
 * `parley/react`: hooks over the SDK's stores, and the elements as components with typed props. Nothing here touches the
 * DOM before it is mounted, so pages may be rendered on a server; the elements themselves come with `./parley.js`, which
 * is loaded when the first component is mounted.
 */
import {
  createContext,
  createElement,
  type FunctionComponent,
  type ReactNode,
  type Ref,
  useContext,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useSyncExternalStore,
} from 'react';
import type {
  ConnectionState,
  ConversationView,
  Parley,
  ParleyElementEvents,
  RecordRef,
  SidebarView,
  Store,
  TabView,
} from './index.ts';

const Context = createContext<Parley | null>(null);

/** `client`: from `connect`. Whoever made it closes it. */
export function ParleyProvider({ client, children }: { readonly client: Parley; readonly children?: ReactNode }) {
  return createElement(Context.Provider, { value: client }, children);
}

/** The client of the nearest `ParleyProvider`. Throws where there is none. */
export function useParley(): Parley {
  const client = useContext(Context);
  if (client === null) throw new Error('useParley stands in no <ParleyProvider>');
  return client;
}

/** The person's list and badge. */
export function useSidebar(): SidebarView {
  return useStore(useParley().sidebar);
}

/** One conversation of the person's own; null while it is not held, and where there is none. */
export function useConversation(id: string): ConversationView | null {
  const client = useParley();
  return useStore(useMemo(() => client.conversation(id), [client, id]));
}

/** A record's conversations, live while the component is mounted. `state` says where they are not to be had. */
export function useTab({ kind, id }: RecordRef): TabView {
  const client = useParley();
  const tab = useMemo(() => client.tab({ kind, id }), [client, kind, id]);
  useEffect(() => {
    const release = tab.hold();
    // The store's `state` tells of a failure.
    tab.open().catch(() => {});
    return release;
  }, [tab]);
  return useStore(tab);
}

export function useConnection(): ConnectionState {
  return useStore(useParley().state);
}

function useStore<T>(store: Store<T>): T {
  const [subscribe, snapshot] = useMemo(
    () => [(listener: () => void) => store.subscribe(listener), () => store.getSnapshot()] as const,
    [store],
  );
  return useSyncExternalStore(subscribe, snapshot, snapshot);
}

type Handler<N extends keyof ParleyElementEvents> = (event: CustomEvent<ParleyElementEvents[N]>) => void;

export interface ElementProps {
  /** In place of the provider's. */
  readonly client?: Parley;
  readonly theme?: 'light' | 'dark';
  readonly id?: string;
  readonly className?: string;
  readonly ref?: Ref<HTMLElement>;
  readonly onOpenConversation?: Handler<'parley-open-conversation'>;
  readonly onToggle?: Handler<'parley-toggle'>;
}

/** `for`: the id of the sidebar it opens; the nearest one where none is named. */
export const ParleyLauncher = component<ElementProps & { readonly for?: string }>('parley-launcher');
export const ParleySidebar = component<
  ElementProps & {
    readonly open?: boolean;
    /** Over the page, not within it. */
    readonly slide?: boolean;
  }
>('parley-sidebar');
export const ParleyRecordTab = component<ElementProps & { readonly kind: RecordRef['kind']; readonly record: string }>(
  'parley-record-tab',
);
export const ParleyAlerts = component<ElementProps & { readonly for?: string }>('parley-alerts');

function component<P extends ElementProps>(name: string): FunctionComponent<P> {
  const Component: FunctionComponent<P> = ({ client, ref, onOpenConversation, onToggle, ...rest }) => {
    const provided = useContext(Context);
    const element = useRef<HTMLElement>(null);
    useImperativeHandle(ref, () => element.current as HTMLElement);
    // React would make an attribute of it as long as the element is not defined.
    useLayoutEffect(() => {
      Object.assign(element.current as HTMLElement, { client: client ?? provided });
    }, [client, provided]);
    useEffect(() => {
      void import('./index.ts');
    }, []);
    return createElement(name, {
      ...rest,
      ref: element,
      'onparley-open-conversation': onOpenConversation,
      'onparley-toggle': onToggle,
    });
  };
  Component.displayName = name.replace(/(^|-)(\w)/g, (_match, _dash, letter: string) => letter.toUpperCase());
  return Component;
}
