/** `<parley-conversation>`: the card of one conversation, in the sidebar and in a record's tab. */
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { ConversationView, OutboxItem, Parley, Tab } from '../client/index.ts';
import { announce } from './announcer.ts';
import { avatar } from './avatar.ts';
import { avatarStyles } from './styles/avatar.ts';
import './composer.ts';
import { Confirm } from './confirm.ts';
import { type IconName, icon } from './icons.ts';
import { Invite } from './invite.ts';
import { ParleyElement } from './parley-element.ts';
import { recordName } from './record-name.ts';
import { conversationStyles } from './styles/conversation.ts';
import { base } from './styles/theme.ts';
import { timelineStyles } from './styles/timeline.ts';
import { waitingStyles } from './styles/waiting.ts';
import { refusalText } from './texts/refusal-text.ts';
import { sentence } from './texts/sentence.ts';
import { nameOf, type Texts } from './texts/texts.ts';
import { timeline } from './timeline.ts';
import { waitingItem } from './waiting.ts';

/** Names that are written out; of more people the number is said. */
const namesMax = 8;
const avatarsMax = 3;

export class ConversationCard extends ParleyElement {
  static override initial = { ...ParleyElement.initial, view: null, tab: null, waiting: [], fault: '' };
  static override styles = [base, avatarStyles, timelineStyles, waitingStyles, conversationStyles];

  declare view: ConversationView | null;
  /** The tab it stands in; null = the sidebar. */
  declare tab: Tab | null;
  /** What one wrote here and the server has not taken yet. */
  declare waiting: readonly OutboxItem[];
  /** What went wrong last; '' = nothing. */
  declare fault: string;
  #hadFocus = false;

  /** The card as a whole. A host with a negative tabindex of its own would take all that is in it out of the tab order. */
  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector('article')?.focus(options);
  }

  protected override render(): unknown {
    const { view, parley } = this;
    if (view === null || parley === null) return nothing;
    const { texts } = this.locale;
    return html`<article part="card" tabindex="-1" aria-labelledby="names" class=${view.unread > 0 ? 'unread' : ''}>
      ${this.#head(view)}
      ${this.#paging(view, parley)}
      ${timeline(view, this.#me, this.locale)}
      ${this.waiting.map((item) => waitingItem(parley, item, texts))}
      ${this.#standing(view, texts)}
      ${
        view.may.reply
          ? html`<parley-composer exportparts="composer" .client=${parley} .conversation=${view.id}></parley-composer>`
          : nothing
      }
      ${this.fault === '' ? nothing : html`<p class="fault small problem" role="alert">${icon('warn')}<span>${this.fault}</span></p>`}
      ${this.#actions(view, parley, texts)}
    </article>`;
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    this.#hadFocus = this.matches(':focus-within');
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    if (this.#hadFocus) this.#keepFocus();
  }

  get #me(): string {
    return this.parley?.me.getSnapshot()?.id ?? '';
  }

  #head(view: ConversationView): TemplateResult {
    const { texts } = this.locale;
    const others = view.participants.filter(({ id }) => id !== this.#me);
    const people = others.length === 0 ? view.participants : others;
    const rest = people.length - namesMax;
    return html`<header>
      <span class="faces" aria-hidden="true">${people.slice(0, avatarsMax).map(avatar)}</span>
      <div>
        <h3 id="names" part="names" title=${people.slice(0, 50).map(nameOf).join(', ')}>
          ${people.slice(0, namesMax).map((person, i) => html`${i > 0 ? ', ' : nothing}<bdi>${nameOf(person)}</bdi>`)}
          ${rest > 0 ? texts.andMore(rest) : nothing}
          ${view.unread > 0 ? html`<span class="vh">, ${texts.unreadMessages(view.unread)}</span>` : nothing}
        </h3>
        ${
          view.about === null && !view.private
            ? nothing
            : html`<p class="about small" part="about">
                ${view.about === null ? nothing : html`${icon(view.about.kind)}<span><bdi>${recordName(view.about, texts)}</bdi></span>`}
                ${view.private ? html`<span class="private" title=${texts.privateHint}>${icon('lock')}${texts.private}</span>` : nothing}
              </p>`
        }
      </div>
      ${view.unread > 0 ? html`<span class="count" aria-hidden="true">${view.unread}</span>` : nothing}
    </header>`;
  }

  /** LIST-3. */
  #paging(view: ConversationView, parley: Parley): unknown {
    if (!view.more && !view.expanded) return nothing;
    const { texts } = this.locale;
    const from: Pick<Tab, 'more' | 'less'> = this.tab ?? parley.conversation(view.id);
    return html`<div class="paging">
      ${
        view.more
          ? html`<button class="quiet" ?disabled=${view.loading} aria-busy=${view.loading} @click=${() => void this.#try(() => from.more(view.id))}>
              <span class="up">${icon('down')}</span>${texts.more}
            </button>`
          : nothing
      }
      ${view.expanded ? html`<button class="quiet" @click=${() => this.#less(() => from.less(view.id))}>${texts.less}</button>` : nothing}
    </div>`;
  }

  #less(less: () => void): void {
    less();
    void this.updateComplete.then(() => {
      this.scrollIntoView({ block: 'nearest' });
    });
  }

  #standing({ standing }: ConversationView, texts: Texts): unknown {
    if (standing === 'participant') return nothing;
    const text = { left: texts.standingLeft, deleted: texts.standingDeleted, viewer: texts.standingViewer }[standing];
    // In a tab one who left sees on (SEE-2): that nothing new comes holds for the sidebar only.
    const said = standing === 'left' && this.tab !== null ? texts.standingViewer : text;
    return html`<p class="standing small">${said}</p>`;
  }

  #actions(view: ConversationView, parley: Parley, texts: Texts): unknown {
    const { may } = view;
    const buttons = [
      may.read && this.#button('check', texts.markAsRead, () => parley.read(view.id, view.head), 'accent'),
      may.invite && this.#button('invite', texts.invite, () => this.#invite(view)),
      may.leave && this.#button('leave', texts.leave, () => this.#leave(view, parley)),
      may.delete && this.#button('delete', texts.delete, () => this.#delete(view, parley)),
    ].filter((button) => button !== false);
    return buttons.length === 0 ? nothing : html`<div class="actions" part="actions">${buttons}</div>`;
  }

  #button(name: IconName, text: string, act: () => Promise<unknown>, kind = ''): TemplateResult {
    return html`<button class="quiet ${kind}" @click=${() => void this.#try(act)}>${icon(name)}${text}</button>`;
  }

  async #invite(view: ConversationView): Promise<void> {
    if (await new Invite().openIn(this, { view })) announce(this, this.locale.texts.invited);
  }

  async #leave(view: ConversationView, parley: Parley): Promise<void> {
    const { texts } = this.locale;
    const record = view.about === null ? null : recordName(view.about, texts);
    const tab = view.private ? texts.leaveTabPrivate : texts.leaveTab;
    const says = [texts.leaveKeeps, ...(record === null ? [] : [sentence(tab, record)]), texts.leaveTold];
    const question = { heading: texts.leaveTitle, says, action: texts.leave };
    if (await new Confirm().openIn(this, question)) await parley.leave(view.id);
  }

  async #delete(view: ConversationView, parley: Parley): Promise<void> {
    const { texts } = this.locale;
    const hasLeft = view.standing === 'left';
    const says: unknown[] = [texts.deleteOwn, hasLeft ? texts.deleteLeft : texts.deleteComesBack];
    // SEE-3: whoever left a private one has lost it in the tab already.
    if (view.about !== null && !(view.private && hasLeft))
      says.push(sentence(texts.deleteTab, recordName(view.about, texts)));
    // DELETE-6: up to what was shown when the person said so.
    const question = { heading: texts.deleteTitle, says, action: texts.delete };
    if (await new Confirm().openIn(this, question)) await parley.delete(view.id, view.head);
  }

  /** A refusal is said in the card. */
  async #try(act: () => Promise<unknown>): Promise<void> {
    this.fault = '';
    try {
      await act();
    } catch (error) {
      this.fault = refusalText(this.locale.texts, error);
    }
    await this.updateComplete;
    this.#keepFocus();
  }

  /** A button that did its work, or has become useless, may be gone; whoever was on it stays in the card. */
  #keepFocus(): void {
    const hasFocus = this.matches(':focus-within') || document.activeElement !== document.body;
    if (!hasFocus && this.isConnected) this.focus({ preventScroll: true });
  }
}
