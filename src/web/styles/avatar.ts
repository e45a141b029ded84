/** How a person's letters look. */
import { css } from 'lit';

export const avatarStyles = css`
  .avatar {
    --hue: 265;
    display: inline-grid;
    place-items: center;
    flex: none;
    inline-size: 28px;
    block-size: 28px;
    border-radius: 50%;
    overflow: hidden;
    background: light-dark(oklch(92% 0.03 var(--hue)), oklch(35% 0.05 var(--hue)));
    color: light-dark(oklch(38% 0.1 var(--hue)), oklch(87% 0.06 var(--hue)));
    font-size: 0.6875rem;
    font-weight: 650;
    line-height: 1;
    user-select: none;
  }
  .c1 {
    --hue: 155;
  }
  .c2 {
    --hue: 50;
  }
  .c3 {
    --hue: 315;
  }
  .c4 {
    --hue: 215;
  }
  .c5 {
    --hue: 5;
  }
`;
