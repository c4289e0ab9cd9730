namespace Study.Tables;

/// <summary>What was published, to stand beside what is measured here.</summary>
internal static class PublishedFigures
{
    public const string Markdown = """
        ## Published figures to stand beside
        F1 on the same collection at 384×384, ResNet-50 and ViT-Base from ImageNet weights, all labels unless it says otherwise; one split of single images, one or
        several seeds unknown. The authors: Singh, Sizikova and Cirrone 2022 and 2023; the reproduction: a university team's report and notebook.

        | pretraining | authors: CNN | authors: ViT | reproduction: CNN | reproduction: ViT |
        | --- | --- | --- | --- | --- |
        | CASS, 100 epochs, batch 16 | 0.9909 | 0.9276 | 0.6837 | 0.3356 |
        | DINO, 100 epochs | 0.9900 | 0.8841 | – | – |
        | CASS, batch 8 | 0.9895 | 0.9315 | 0.4100 | 0.3588 |
        | CASS, batch 12 | – | – | 0.5561 | 0.3290 |
        | CASS, batch 32 | 0.9848 | 0.9176 | – | – |
        | CASS, 50 epochs | 0.9795 | 0.9262 | 0.6399 | 0.3022 |
        | CASS, 200 epochs | 0.9864 | 0.9476 | 0.5077 | 0.3596 |
        | CASS, 10 % of the labels | – | – | 0.4784 | 0.2415 |

        The authors' time of 100 epochs: CASS 7 h 11 min, DINO 26 h 21 min; the reproduction's: 5 h 24 min.

        """;
}
