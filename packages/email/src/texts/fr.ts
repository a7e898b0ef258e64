import type { LetterText, Texts } from "./texts.ts";

const bankAction = (happened: string, step: string, how: string): LetterText => ({
  subject: ({ bank }) => `deux étapes pour reconnecter ${bank}`,
  title: ({ bank }) => `Deux étapes pour reconnecter ${bank}`,
  preview: () => `${step}, puis identifiez-vous encore une fois depuis cet e-mail.`,
  paragraphs: ({ product, bank }) => [
    `La connexion entre ${bank} et ${product} est interrompue\u00a0: ${happened} Tant que ce n’est pas réglé, ${product} ne peut pas mettre vos comptes à jour.`,
  ],
  steps: ({ product, bank }) => [
    { title: step, text: `${how} ${product} ne peut pas le faire à votre place.` },
    {
      title: "Revenez ici et reconnectez",
      text: `Le lien ci-dessous ouvre une page sécurisée où vous vous identifiez encore une fois chez ${bank}. Cela prend en général une minute.`,
    },
  ],
  action: "Reconnecter",
  linkDoes: ({ bank }) => `Il reconnecte ${bank} et ne fait rien d’autre.`,
});

export const fr: Texts = {
  letters: {
    login_required: {
      subject: ({ bank }) => `reconnectez ${bank}`,
      title: ({ bank }) => `Reconnectez ${bank}`,
      preview: ({ product, bank }) =>
        `Identifiez-vous encore une fois chez ${bank}, et ${product} pourra de nouveau mettre vos comptes à jour.`,
      paragraphs: ({ product, bank }) => [
        `La connexion entre ${bank} et ${product} est interrompue, car la banque vous demande de vous identifier à nouveau. Tant que vous ne l’avez pas fait, ${product} ne peut pas mettre vos comptes à jour.`,
        "Cela arrive en général après un changement de mot de passe, lorsque l’autorisation que vous avez donnée a expiré, ou lorsqu’une banque change sa façon d’identifier ses clients.",
        `Le lien ci-dessous ouvre une page sécurisée où vous vous identifiez chez ${bank}. Cela prend en général une minute.`,
      ],
      action: "S’identifier et reconnecter",
      linkDoes: ({ bank }) => `Il reconnecte ${bank} et ne fait rien d’autre.`,
    },
    bank_action_required: {
      unlock: bankAction(
        "votre accès en ligne à la banque est bloqué. Les banques le font pour vous protéger, en général après plusieurs tentatives d’identification infructueuses.",
        "Débloquez votre accès en ligne auprès de la banque",
        "Utilisez le site ou l’application de la banque, ou appelez le numéro inscrit sur votre carte.",
      ),
      reset_password: bankAction(
        "la banque vous demande de choisir un nouveau mot de passe avant de vous identifier.",
        "Choisissez un nouveau mot de passe auprès de la banque",
        "Utilisez le site ou l’application de la banque, comme vous l’ouvrez d’habitude.",
      ),
      finish_setup: bankAction(
        "la banque vous demande de terminer d’abord quelque chose dans votre banque en ligne, par exemple d’accepter de nouvelles conditions ou d’autoriser d’autres applications à se connecter.",
        "Terminez-le auprès de la banque",
        "Identifiez-vous sur le site ou dans l’application de la banque, et suivez ce qu’on vous y demande.",
      ),
      any: bankAction(
        "la banque vous demande de faire d’abord quelque chose dans votre banque en ligne, par exemple de débloquer votre accès, de choisir un nouveau mot de passe ou d’accepter de nouvelles conditions.",
        "Regardez ce que demande la banque",
        "Identifiez-vous sur le site ou dans l’application de la banque, et suivez ce qu’on vous y demande.",
      ),
    },
    expiring: {
      subject: ({ bank, endsOn }) => `renouvelez ${bank} avant le ${endsOn}`,
      title: ({ bank, endsOn }) => `Renouvelez ${bank} avant le ${endsOn}`,
      preview: ({ endsOn }) => `La connexion fonctionne jusqu’au ${endsOn}. La renouveler prend environ une minute.`,
      paragraphs: ({ product, bank, endsOn }) => [
        `La connexion entre ${bank} et ${product} fonctionne, et elle prend fin le ${endsOn} si vous ne la renouvelez pas. Après cela, ${product} ne pourra plus mettre vos comptes à jour.`,
        "Les banques le demandent de temps en temps, afin que rien ne reste connecté sans que vous le vouliez.",
        `Le lien ci-dessous ouvre une page sécurisée où vous confirmez la connexion chez ${bank}. Cela prend en général une minute.`,
      ],
      action: "Renouveler la connexion",
      linkDoes: ({ bank }) => `Il renouvelle la connexion à ${bank} et ne fait rien d’autre.`,
    },
    needs_new_item: {
      subject: ({ bank }) => `connectez ${bank} à nouveau`,
      title: ({ bank }) => `Connectez ${bank} à nouveau`,
      preview: ({ bank }) =>
        `L’ancienne connexion à ${bank} ne peut pas être réparée. Le lien explique comment en créer une nouvelle.`,
      paragraphs: ({ product, bank }) => [
        `La connexion entre ${bank} et ${product} est interrompue et ne peut pas être réparée\u00a0: la banque n’accepte plus la façon dont elle a été établie. Tant que vous n’avez pas connecté ${bank} à nouveau, ${product} ne peut pas mettre vos comptes à jour.`,
        "Ce qui a été recueilli jusqu’ici est conservé. L’ancienne connexion ne fait plus rien.",
        "Le lien ci-dessous explique la suite.",
      ],
      action: "Voir que faire",
      linkDoes: () => "Il affiche une page et ne change rien.",
    },
    revoked: {
      subject: ({ bank }) => `l’autorisation pour ${bank} a été retirée`,
      title: ({ bank }) => `L’autorisation pour ${bank} a été retirée`,
      preview: ({ product }) => `Si vous l’avez voulu, il n’y a rien à faire. ${product} ne reçoit plus de données.`,
      paragraphs: ({ product, bank }) => [
        `L’autorisation donnée à ${product} de voir vos comptes chez ${bank} a été retirée, auprès de la banque ou de Plaid, l’entreprise qui établit la connexion. ${product} ne reçoit plus aucune donnée de cette banque.`,
        "Si vous l’avez voulu, il n’y a rien à faire, et nous ne vous écrirons plus à ce sujet.",
        "Sinon, le lien ci-dessous ouvre une page sécurisée où vous pouvez vous reconnecter.",
      ],
      action: "Se reconnecter",
      linkDoes: ({ bank }) => `Il reconnecte ${bank} et ne fait rien d’autre.`,
    },
    new_accounts: {
      subject: ({ bank }) => `de nouveaux comptes chez ${bank}`,
      title: ({ bank }) => `De nouveaux comptes chez ${bank}`,
      preview: ({ product }) => `Choisissez si ${product} peut les voir. Rien ne change d’ici là.`,
      paragraphs: ({ product, bank }) => [
        `Vous avez chez ${bank} des comptes qui ne sont pas partagés avec ${product}. Votre connexion fonctionne, et rien ne change si vous ne le souhaitez pas.`,
        `Le lien ci-dessous ouvre une page sécurisée où vous choisissez les comptes que vous avez chez ${bank} et que vous partagez avec ${product}.`,
      ],
      action: "Choisir les comptes",
      linkDoes: ({ bank }) => `Il permet de choisir des comptes chez ${bank} et ne fait rien d’autre.`,
    },
    connected_again: {
      subject: ({ bank }) => `la connexion à ${bank} est rétablie`,
      title: ({ bank }) => `La connexion à ${bank} est rétablie`,
      preview: ({ product }) => `Merci. ${product} peut de nouveau mettre vos comptes à jour.`,
      paragraphs: ({ product, bank }) => [
        `La connexion entre ${bank} et ${product} fonctionne de nouveau, et ${product} peut mettre vos comptes à jour. Merci.`,
        "Vous n’avez plus rien à faire.",
      ],
      action: "",
      linkDoes: () => "",
    },
  },
  yourBank: "votre banque",
  hello: (name) => (name === undefined ? "Bonjour," : `Bonjour ${name},`),
  reminder: {
    subject: (subject) => `rappel\u00a0: ${subject}`,
    line: "Ceci est un simple rappel. Si vous l’avez fait entre-temps, veuillez nous excuser.",
  },
  copyLink: "Si le bouton ne fonctionne pas, copiez ce lien dans votre navigateur\u00a0:",
  linkWorksUntil: (date) => `Le lien fonctionne jusqu’au ${date}.`,
  whyThisMail: ({ product, bank }) =>
    `${product} vous envoie cet e-mail parce que vous avez connecté ${bank} à ${product}.`,
  mayIgnore:
    "Si vous ne voulez rien faire, vous pouvez l’ignorer\u00a0: vous recevrez peut-être quelques rappels, puis plus rien.",
  neverAsks:
    "Nous ne vous demanderons jamais votre mot de passe par e-mail\u00a0; merci de ne jamais l’envoyer en réponse.",
  help: (address) => `Des questions\u00a0? Écrivez à ${address}.`,
};
